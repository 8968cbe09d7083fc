#include "lib/wire/char_class.h"

#include <catch2/catch.hpp>
#include <string>

using namespace mitm::wire;

TEST_CASE("every octet at every place is printable or not") {
  for (int octet = 0; octet < 256; ++octet) {
    const bool expected = octet >= 0x20 && octet < 0x7f;
    for (std::size_t size = 1; size < 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(octet);
        if (is_printable(text) != expected) FAIL(octet << " at " << at << " of " << size);
      }
    }
  }
  CHECK(is_printable(""));
}

TEST_CASE("octets are of the classes RFC 9110 gives them") {
  CHECK(is_token("Az09!#$%&'*+-.^_`|~"));
  for (const char c : std::string_view("\"(),/:;<=>?@[\\]{} \t\r\n\x7f\x80"))
    CHECK_FALSE(is_token({&c, 1}));
  CHECK_FALSE(is_token(""));
  CHECK(bits_of(std::string_view("\0", 1)) == kNulChar);
  CHECK(bits_of("\r") == kCrChar);
  CHECK(bits_of("\n\x01\x7f") == kControlChar);
  CHECK(bits_of("\x80\xff") == kHighChar);
  CHECK(bits_of(" \t") == kSpaceChar);
}

TEST_CASE("words and items") {
  CHECK(same_word("Content-LENGTH", "content-length"));
  CHECK_FALSE(same_word("a", "ab"));
  CHECK_FALSE(
      same_word("@", "`"));  // 0x40 and 0x60 differ in the bit that tells the case of letters
  CHECK(trim(" \ta b\t ") == "a b");
  CHECK(trim(" ").empty());
  mitm::ByteView list = "a,,b";
  CHECK(cut_item(list, ',') == "a");
  CHECK(cut_item(list, ',').empty());
  CHECK(cut_item(list, ',') == "b");
  CHECK(list.empty());
}
