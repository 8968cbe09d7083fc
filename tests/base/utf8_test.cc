#include "lib/base/utf8.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

using mitm::decode_utf8;
using mitm::is_utf8;
using mitm::Utf8Check;

TEST_CASE("characters of every length are decoded") {
  CHECK(decode_utf8("A").code == 'A');
  CHECK(decode_utf8("\xC3\xA4x").code == 0xE4);
  CHECK(decode_utf8("\xC3\xA4x").size == 2);
  CHECK(decode_utf8("\xE2\x82\xAC").code == 0x20AC);
  CHECK(decode_utf8("\xF0\x9F\x98\x80").code == 0x1F600);
}

TEST_CASE("what RFC 3629 forbids is not UTF-8") {
  CHECK_FALSE(is_utf8("\x80"));
  CHECK_FALSE(is_utf8("\xC0\x80"));          // overlong
  CHECK_FALSE(is_utf8("\xE0\x80\x80"));      // overlong
  CHECK_FALSE(is_utf8("\xF0\x80\x80\x80"));  // overlong
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));      // surrogate
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));  // above U+10FFFF
  CHECK_FALSE(is_utf8("\xF5\x80\x80\x80"));
  CHECK_FALSE(is_utf8("\xC3"));
  CHECK_FALSE(is_utf8("ok \xC3("));
  CHECK_FALSE(is_utf8("0123456789\xFF"));
}

TEST_CASE("pieces cut anywhere are judged as a whole") {
  const std::string good = "plain text, \xC3\xA4 \xE2\x82\xAC \xF0\x9F\x98\x80 end";
  const std::string bad = "plain text, \xC3\xA4 \xE2\x82 \xF0\x9F\x98\x80 end";
  for (std::size_t cut = 0; cut <= good.size(); ++cut) {
    CAPTURE(cut);
    Utf8Check whole;
    whole.feed(good.substr(0, cut));
    whole.feed(good.substr(cut));
    CHECK(whole.is_valid());
    Utf8Check broken;
    broken.feed(bad.substr(0, std::min(cut, bad.size())));
    broken.feed(bad.substr(std::min(cut, bad.size())));
    CHECK_FALSE(broken.is_valid());
  }
  Utf8Check bytewise;
  for (const char c : good) bytewise.feed({&c, 1});
  CHECK(bytewise.is_valid());
}

TEST_CASE("an incomplete character is valid so far but not at the end") {
  Utf8Check check;
  check.feed("\xE2\x82");
  CHECK(check.is_valid_so_far());
  CHECK_FALSE(check.is_valid());
}

TEST_CASE("the beginning of a character at the end of a piece is found") {
  CHECK(mitm::incomplete_utf8_tail("") == 0);
  CHECK(mitm::incomplete_utf8_tail("abc") == 0);
  CHECK(mitm::incomplete_utf8_tail("a\xE2\x82\xAC") == 0);
  CHECK(mitm::incomplete_utf8_tail("a\xE2\x82") == 2);
  CHECK(mitm::incomplete_utf8_tail("a\xE2") == 1);
  CHECK(mitm::incomplete_utf8_tail("\xF0\x9F\x98") == 3);
  CHECK(mitm::incomplete_utf8_tail("\x82\x82\x82\x82") == 0);
  CHECK(mitm::incomplete_utf8_tail("\xFF") == 0);
}
