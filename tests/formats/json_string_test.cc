#include "formats/json_string.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using namespace mitm;
using namespace mitm::formats;

namespace {

std::string escaped(ByteView text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

std::string base64(ByteView content, std::size_t step = 1000) {
  Base64Encoder encoder;
  std::string out;
  for (; !content.empty(); content.remove_prefix(std::min(step, content.size()))) {
    encoder.append(out, content.substr(0, step));
  }
  encoder.finish(out);
  return out;
}

}  // namespace

TEST_CASE("a JSON string escapes what it must") {
  CHECK(escaped("plain") == "plain");
  CHECK(escaped("a\"b\\c\n\r\t") == "a\\\"b\\\\c\\n\\r\\t");
  CHECK(escaped(ByteView("\0\x1f", 2)) == "\\u0000\\u001f");
  CHECK(escaped("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80") == "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80");
}

TEST_CASE("a JSON string escapes what would act on a terminal") {
  CHECK(escaped("\x7f\xC2\x9b") == "\\u007f\\u009b");
  CHECK(escaped("\xE2\x80\xAE\xE2\x80\xA8\xE2\x81\xA6") == "\\u202e\\u2028\\u2066");
  CHECK(escaped("\xE2\x80\x8B\xEF\xBB\xBF") == "\\u200b\\ufeff");
  CHECK(escaped("\xF3\xA0\x81\x81") == "\\udb40\\udc41");
}

TEST_CASE("base64 of the test vectors of RFC 4648") {
  CHECK(base64("").empty());
  CHECK(base64("f") == "Zg==");
  CHECK(base64("fo") == "Zm8=");
  CHECK(base64("foo") == "Zm9v");
  CHECK(base64("foob") == "Zm9vYg==");
  CHECK(base64("fooba") == "Zm9vYmE=");
  CHECK(base64("foobar") == "Zm9vYmFy");
  CHECK(base64("\xff\xfe\xfd") == "//79");
}

TEST_CASE("base64 does not depend on how the bytes are cut") {
  const std::string content = "the quick brown fox jumps over the lazy dog";
  for (std::size_t step = 1; step < content.size(); ++step) {
    CHECK(base64(content, step) == base64(content));
  }
}
