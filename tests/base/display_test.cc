#include "lib/base/display.h"

#include <catch2/catch.hpp>

using mitm::is_safe_to_show;

TEST_CASE("letters, signs and what joins them are safe to show") {
  for (const char32_t code : {U' ', U'~', U'\\', U'\u00A0', U'\u00FC', U'\u20AC', U'\u200C',
                              U'\u200D', U'\u65E5', U'\U0001F642'}) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK(is_safe_to_show(code));
  }
}

TEST_CASE("control characters are not") {
  for (char32_t code = 0; code < 0x20; ++code) CHECK_FALSE(is_safe_to_show(code));
  for (char32_t code = 0x7F; code < 0xA0; ++code) CHECK_FALSE(is_safe_to_show(code));
}

TEST_CASE("characters that break, reorder or hide text are not") {
  for (const char32_t code :
       {0x061C, 0x200B, 0x200E, 0x200F, 0x2028, 0x202A, 0x202E, 0x2060, 0x2066, 0x2069, 0x206F,
        0xFEFF, 0xFFF9, 0xFFFB, 0xE0001, 0xE0041, 0xE007F}) {
    CAPTURE(static_cast<unsigned>(code));
    CHECK_FALSE(is_safe_to_show(code));
  }
}

TEST_CASE("text from outside is made harmless and short") {
  CHECK(mitm::printable("a\x1b[31mb\xc2\x9b") == "a?[31mb??");
  CHECK(mitm::printable("abcdef", 3) == "abc");
}
