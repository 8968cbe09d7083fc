#include "lib/render/sanitize.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::render::Keep;
using mitm::render::sanitize;

TEST_CASE("printable text stays as it is") {
  CHECK(sanitize("GET /a?b=c#d \\ \"x\"") == "GET /a?b=c#d \\ \"x\"");
  CHECK(sanitize("gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB") ==
        "gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB");
}

TEST_CASE("control characters are shown, not sent") {
  CHECK(sanitize("\x1b[31mred") == "\\x1b[31mred");
  CHECK(sanitize(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(sanitize("\r\n\t\x7f\a") == "\\x0d\\n\\t\\x7f\\x07");
  CHECK(sanitize("\xC2\x9b"
                 "31m") == "\\u{9b}31m");
}

TEST_CASE("octets that are not UTF-8 are shown one by one") {
  CHECK(sanitize("\x9b"
                 "31m") == "\\x9b31m");
  CHECK(sanitize("\xff\xfe") == "\\xff\\xfe");
  CHECK(sanitize("\xE2\x82") == "\\xe2\\x82");
  CHECK(sanitize("\xED\xA0\x80") == "\\xed\\xa0\\x80");
}

TEST_CASE("characters that reorder, break or hide text are shown") {
  CHECK(sanitize("\xE2\x80\xAE"
                 "gpj.exe") == "\\u{202e}gpj.exe");
  CHECK(sanitize("\xE2\x81\xA6\xE2\x81\xA9") == "\\u{2066}\\u{2069}");
  CHECK(sanitize("\xE2\x80\xA8") == "\\u{2028}");
  CHECK(sanitize("\xEF\xBB\xBF") == "\\u{feff}");
  CHECK(sanitize("\xF3\xA0\x81\x81") == "\\u{e0041}");
}

TEST_CASE("a word has no spaces, a text keeps its lines") {
  CHECK(sanitize("a b\tc\n", Keep::kWord) == "a\\x20b\\tc\\n");
  CHECK(sanitize("a b\tc\n\x1b", Keep::kText) == "a b\tc\n\\x1b");
}

TEST_CASE("no octet sequence of any two bytes gets a control character through") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string shown =
          sanitize(std::string{static_cast<char>(first), static_cast<char>(second)});
      for (const char c : shown) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet == 0x7F) FAIL("control byte from " << first << ' ' << second);
      }
      if (shown.starts_with("\xC2")) CHECK(static_cast<unsigned char>(shown[1]) >= 0xA0);
    }
  }
}
