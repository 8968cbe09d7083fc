#include "lib/wire/content_stages.h"

#include <random>

#include "tests/support/cuts.h"
#include "tests/support/encoders.h"

using mitm::Code;
using mitm::Status;
using mitm::wire::CodingStage;

namespace {

struct Outcome {
  std::string data;
  Status status;
};

Outcome run(std::unique_ptr<CodingStage> stage, const mitm::test::Pieces& pieces) {
  Outcome outcome;
  for (const auto& piece : pieces) {
    outcome.status = stage->decode(piece, [&](mitm::ByteView decoded) {
      CHECK(decoded.size() <= mitm::wire::kCodingBuffer);
      outcome.data += decoded;
      return true;
    });
    if (!outcome.status) return outcome;
  }
  outcome.status = stage->finish();
  return outcome;
}

/// Checks that `coded` decodes to `plain` however it is cut, and that every shorter part of it
/// gives a beginning of `plain` and is found to be cut short.
template <class Make>
void check_stage(Make make, const std::string& coded, const std::string& plain) {
  for (const auto& pieces : mitm::test::cuttings(coded)) {
    const Outcome outcome = run(make(), pieces);
    CHECK(outcome.status);
    CHECK((outcome.data == plain));
  }
  for (std::size_t size = 1; size < coded.size(); size += coded.size() / 50 + 1) {
    const Outcome outcome = run(make(), {coded.substr(0, size)});
    CHECK_FALSE(outcome.status);
    CHECK(plain.starts_with(outcome.data));
  }
  CHECK(run(make(), {}).status);
}

/// Text, and something that does not compress, longer than the buffer.
std::string sample() {
  std::string text;
  std::mt19937 random(3);
  for (int i = 0; i < 20'000; ++i) text += "line " + std::to_string(i % 70) + "\n";
  for (int i = 0; i < 5'000; ++i) text += static_cast<char>(random());
  return text;
}

constexpr unsigned kWindowLog = 23;
std::unique_ptr<CodingStage> make_zstd() { return mitm::wire::make_zstd_stage(kWindowLog); }

}  // namespace

TEST_CASE("gzip") {
  const std::string plain = sample();
  check_stage(mitm::wire::make_gzip_stage, mitm::test::gzip(plain), plain);
  check_stage(mitm::wire::make_gzip_stage, mitm::test::gzip("x"), "x");
}

TEST_CASE("gzip of several members") {
  const std::string coded =
      mitm::test::gzip("one") + mitm::test::gzip("") + mitm::test::gzip("two");
  for (const auto& pieces : mitm::test::cuttings(coded)) {
    const Outcome outcome = run(mitm::wire::make_gzip_stage(), pieces);
    CHECK(outcome.status);
    CHECK(outcome.data == "onetwo");
  }
}

TEST_CASE("deflate with the zlib wrapper and without") {
  const std::string plain = sample();
  check_stage(mitm::wire::make_deflate_stage, mitm::test::deflate(plain, 15), plain);
  check_stage(mitm::wire::make_deflate_stage, mitm::test::deflate(plain, -15), plain);
}

TEST_CASE("br") {
  const std::string plain = sample();
  check_stage(mitm::wire::make_brotli_stage, mitm::test::brotli(plain), plain);
}

TEST_CASE("zstd, also of several frames") {
  const std::string plain = sample();
  check_stage(make_zstd, mitm::test::zstd(plain), plain);
  const Outcome outcome = run(make_zstd(), {mitm::test::zstd("one") + mitm::test::zstd("two")});
  CHECK(outcome.status);
  CHECK(outcome.data == "onetwo");
}

TEST_CASE("a zstd window above the limit is refused before memory is spent on it") {
  const std::string plain(100'000, 'z');
  CHECK(run(make_zstd(), {mitm::test::zstd(plain, 23)}).status);
  const Outcome outcome = run(make_zstd(), {mitm::test::zstd(plain, 24)});
  REQUIRE_FALSE(outcome.status);
  CHECK(outcome.status.error().code == Code::kLimit);
}

TEST_CASE("what follows the end is an error, after the data") {
  const auto check = [](std::unique_ptr<CodingStage> stage, const std::string& coded) {
    const Outcome outcome = run(std::move(stage), {coded, "junk"});
    CHECK(outcome.data == "data");
    REQUIRE_FALSE(outcome.status);
    CHECK(outcome.status.error().code == Code::kCorrupt);
  };
  check(mitm::wire::make_gzip_stage(), mitm::test::gzip("data"));
  check(mitm::wire::make_deflate_stage(), mitm::test::deflate("data", 15));
  check(mitm::wire::make_brotli_stage(), mitm::test::brotli("data"));
  check(make_zstd(), mitm::test::zstd("data"));
}

TEST_CASE("damaged data is survived") {
  const std::string plain = sample().substr(0, 3000);
  std::mt19937 random(5);
  const auto check = [&](auto make, const std::string& good) {
    int errors = 0;
    for (int i = 0; i < 200; ++i) {
      std::string coded = good;
      for (int flips = 0; flips < 3; ++flips)
        coded[random() % coded.size()] = static_cast<char>(random());
      if (!run(make(), {coded}).status) ++errors;
    }
    CHECK(errors > 0);
  };
  check(mitm::wire::make_gzip_stage, mitm::test::gzip(plain));
  check(mitm::wire::make_deflate_stage, mitm::test::deflate(plain, -15));
  check(mitm::wire::make_brotli_stage, mitm::test::brotli(plain));
  check(make_zstd, mitm::test::zstd(plain));
}
