#include "lib/wire/content_coding.h"

#include <optional>

#include "tests/support/cuts.h"
#include "tests/support/encoders.h"

using mitm::Code;
using mitm::wire::ContentDecoder;
using namespace mitm::test;

namespace {

/// What could be decoded of a whole body, and why not more.
struct DecodedContent {
  mitm::Bytes data;
  std::optional<mitm::Error> error;
};

DecodedContent decode_content(mitm::ByteView content_encoding, mitm::ByteView body,
                              const mitm::wire::ContentLimits& limits = {}) {
  auto decoder = ContentDecoder::create(content_encoding, limits);
  REQUIRE(decoder);
  DecodedContent decoded;
  const mitm::Status fed = decoder->feed(body, [&decoded](mitm::ByteView piece) {
    decoded.data.append(piece);
    return true;
  });
  const mitm::Status finished = fed ? decoder->finish() : fed;
  if (!finished) decoded.error = finished.error();
  return decoded;
}

}  // namespace

TEST_CASE("every name of a coding") {
  const std::string plain = "some text";
  CHECK(decode_content("gzip", gzip(plain)).data == plain);
  CHECK(decode_content("X-GZip", gzip(plain)).data == plain);
  CHECK(decode_content("deflate", mitm::test::deflate(plain, 15)).data == plain);
  CHECK(decode_content("br", brotli(plain)).data == plain);
  CHECK(decode_content("zstd", zstd(plain)).data == plain);
  CHECK(decode_content("identity", plain).data == plain);
  CHECK(decode_content("", plain).data == plain);
}

TEST_CASE("a list is undone from its end, however the body is cut") {
  const std::string plain(200'000, 'p');
  const std::string coded = brotli(gzip(zstd(plain)));
  for (const auto& pieces : cuttings(coded)) {
    auto decoder = ContentDecoder::create(" zstd, gzip ,identity,, br");
    REQUIRE(decoder);
    std::string decoded;
    for (const auto& piece : pieces) {
      REQUIRE(decoder->feed(piece, [&decoded](mitm::ByteView some) {
        decoded += some;
        return true;
      }));
    }
    CHECK(decoder->finish());
    CHECK((decoded == plain));
  }
}

TEST_CASE("unknown codings and endless lists are refused") {
  CHECK(ContentDecoder::create("compress").error().code == Code::kUnsupported);
  CHECK(ContentDecoder::create("gzip\x1b[").error().message ==
        "content coding not supported: gzip\\x1b[");
  CHECK(ContentDecoder::create("gzip,gzip,gzip,gzip"));
  CHECK(ContentDecoder::create("gzip,gzip,gzip,gzip,gzip").error().code == Code::kLimit);
}

TEST_CASE("output stops exactly at the limit, in every stage") {
  const std::string plain(1'000'000, 'p');
  for (const auto& [name, coded] :
       {std::pair("gzip", gzip(plain)), std::pair("br", brotli(plain)),
        std::pair("zstd", zstd(plain)), std::pair("gzip, gzip", gzip(gzip(plain)))}) {
    const auto decoded = decode_content(name, coded, {.max_output = 100'000});
    CHECK(decoded.data.size() == 100'000);
    REQUIRE(decoded.error);
    CHECK(decoded.error->code == Code::kLimit);
    CHECK_FALSE(decode_content(name, coded, {.max_output = 1'000'000}).error);
  }
  // The first stage's output is large and decodes to nothing in the second.
  const std::string hidden = gzip(std::string(1'000'000, '\0'));
  const auto decoded = decode_content("gzip, gzip", hidden, {.max_output = 100'000});
  CHECK(decoded.data.empty());
  CHECK(decoded.error);
}

TEST_CASE("what could be decoded comes before the error") {
  std::string coded = gzip(std::string(500'000, 'p') + "end");
  const auto decoded = decode_content("gzip", coded.substr(0, coded.size() / 2));
  CHECK(decoded.data.size() > 100'000);
  REQUIRE(decoded.error);
  CHECK(*decoded.error == mitm::Error{Code::kCorrupt, "gzip: the data ends too early"});
}

TEST_CASE("an error is final") {
  auto decoder = ContentDecoder::create("gzip");
  const auto ignore = [](mitm::ByteView) { return true; };
  const auto failed = decoder->feed("not gzip", ignore);
  REQUIRE_FALSE(failed);
  CHECK(decoder->feed(gzip("x"), ignore) == failed);
  CHECK(decoder->finish() == failed);
}

TEST_CASE("a consumer that has enough is not called again, and nothing is an error") {
  auto decoder = ContentDecoder::create("gzip, br");
  const std::string coded = brotli(gzip(std::string(1'000'000, 'p')));
  int calls = 0;
  const auto once = [&calls](mitm::ByteView) {
    ++calls;
    return false;
  };
  CHECK(decoder->feed(coded.substr(0, coded.size() - 5), once));
  CHECK(decoder->feed("garbage", once));
  CHECK(decoder->finish());
  CHECK(calls == 1);
}

TEST_CASE("an empty body is complete in any coding") {
  for (const auto* coding : {"gzip", "deflate", "br", "zstd", "gzip, br"}) {
    const auto decoded = decode_content(coding, "");
    CHECK(decoded.data.empty());
    CHECK_FALSE(decoded.error);
  }
}
