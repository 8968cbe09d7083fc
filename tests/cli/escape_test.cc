#include "lib/cli/escape.h"

#include <catch2/catch.hpp>

using mitm::cli::escape_controls;

TEST_CASE("printable text is kept") {
  CHECK(escape_controls("a \\ b \"c\" ~") == "a \\ b \"c\" ~");
  CHECK(escape_controls("gr\u00fc\u00df \u65e5\u672c \U0001f642") ==
        "gr\u00fc\u00df \u65e5\u672c \U0001f642");
}

TEST_CASE("control characters are escaped") {
  CHECK(escape_controls("a\nb\tc\r") == "a\\nb\\tc\\x0d");
  CHECK(escape_controls("\x1b[31m\x07\x7f") == "\\x1b[31m\\x07\\x7f");
  CHECK(escape_controls(std::string_view("\0", 1)) == "\\x00");
  CHECK(escape_controls("\u009b1m\u0085") == "\\u{9b}1m\\u{85}");
}

TEST_CASE("characters that reorder or break lines are escaped") {
  CHECK(escape_controls("\u202egnp.exe") == "\\u{202e}gnp.exe");
  CHECK(escape_controls("\u2066\u2069\u200f\u061c\u2028") ==
        "\\u{2066}\\u{2069}\\u{200f}\\u{61c}\\u{2028}");
}

TEST_CASE("characters that nobody sees are escaped") {
  CHECK(escape_controls("a\u200bb\u2060\ufeff\U000e0041") ==
        "a\\u{200b}b\\u{2060}\\u{feff}\\u{e0041}");
}

TEST_CASE("what is not UTF-8 is escaped byte by byte") {
  CHECK(escape_controls("\x9b") == "\\x9b");
  CHECK(escape_controls("\xc0\xaf") == "\\xc0\\xaf");
  CHECK(escape_controls("\xe0\x80\x9b") == "\\xe0\\x80\\x9b");
  CHECK(escape_controls("\xed\xa0\x80") == "\\xed\\xa0\\x80");
  CHECK(escape_controls("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
  CHECK(escape_controls("\xe2\x82") == "\\xe2\\x82");
  CHECK(escape_controls("\xc3(") == "\\xc3(");
}
