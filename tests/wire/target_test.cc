#include "lib/wire/target.h"

#include <catch2/catch.hpp>

using mitm::Code;
using mitm::wire::Authority;
using mitm::wire::format_authority;
using mitm::wire::format_url;
using mitm::wire::is_host_field_valid;
using mitm::wire::parse_absolute_form;
using mitm::wire::parse_authority;

TEST_CASE("authorities with and without a port") {
  CHECK(parse_authority("Example.COM:8080", 80) == Authority{"example.com", 8080});
  CHECK(parse_authority("example.com", 80) == Authority{"example.com", 80});
  CHECK(parse_authority("a_b.example.", 443) == Authority{"a_b.example.", 443});
  CHECK(parse_authority("192.0.2.1:1", 80) == Authority{"192.0.2.1", 1});
  CHECK(parse_authority("[2001:DB8::1]:443", 80) == Authority{"2001:db8::1", 443});
  CHECK(parse_authority("[::1]", 80) == Authority{"::1", 80});
  CHECK(parse_authority("a:65535", 0) == Authority{"a", 65535});
}

TEST_CASE("an IPv6 address needs no brackets where a port must follow") {
  CHECK(parse_authority("FD00::7:4433", 0) == Authority{"fd00::7", 4433});
  CHECK(parse_authority("::1:443", 0) == Authority{"::1", 443});
  CHECK(parse_authority("::ffff:192.0.2.1:443", 0) == Authority{"::ffff:192.0.2.1", 443});
  CHECK_FALSE(parse_authority("fd00::7:4433", 443));
  for (const std::string_view bad : {"::1", "fd00::7", "fd00::7:", "fd00::7:0", "fd00::7:65536",
                                     "1:2:3:4:5:6:7:8", "a:1:2", ":1:2", "fd00::7]:1"}) {
    INFO(bad);
    CHECK_FALSE(parse_authority(bad, 0));
  }
}

TEST_CASE("authorities that are refused") {
  for (const std::string_view bad :
       {"",     ":80",         "a:",       "a:0", "a:00", "a:65536",      "a:99999999999", "a:+1",
        "a:1 ", "a:0x1",       " a",       "a b", "a/b",  "a@b",          "a%41",          "::1",
        "[::1", "[::1]x",      "[::1]443", "[]",  "[a]",  "[::1%25eth0]", "[1.2.3.4]",     "a:1:2",
        "a\\b", "caf\xc3\xa9", "a\r\n",    "a,b", "a;b"}) {
    INFO(bad);
    CHECK_FALSE(parse_authority(bad, 80));
  }
  CHECK_FALSE(parse_authority(std::string_view("a\0b", 3), 80));
  CHECK_FALSE(parse_authority(std::string_view("[::1\0]", 6), 80));
  CHECK_FALSE(parse_authority("a", 0));
  CHECK_FALSE(parse_authority(std::string(254, 'a'), 80));
  CHECK(parse_authority(std::string(253, 'a'), 80));
  CHECK(parse_authority("a\x1b", 80).error().message == "not a host: a\\x1b");
}

TEST_CASE("authorities are written as they are read, the default port left out") {
  for (const std::string_view text :
       {"a.example", "a.example:81", "192.0.2.1:1", "[::1]", "[::1]:81"}) {
    INFO(text);
    CHECK(format_authority(parse_authority(text, 80).value(), 80) == text);
  }
  CHECK(format_authority({"a.example", 80}, 80) == "a.example");
  CHECK(format_authority({"a.example", 80}, 443) == "a.example:80");
  CHECK(format_authority({"::1", 443}, 443) == "[::1]");
}

TEST_CASE("absolute-form") {
  const auto plain = parse_absolute_form("HTTP://Example.com/a?b=http://c");
  REQUIRE(plain);
  CHECK(plain->scheme == "http");
  CHECK(plain->authority == Authority{"example.com", 80});
  CHECK(plain->path_and_query == "/a?b=http://c");
  CHECK(plain->has_path);
  CHECK_FALSE(plain->has_userinfo);

  const auto bare = parse_absolute_form("https://[::1]");
  REQUIRE(bare);
  CHECK(bare->authority == Authority{"::1", 443});
  CHECK(bare->path_and_query == "/");
  CHECK_FALSE(bare->has_path);

  CHECK(parse_absolute_form("http://a:81?q")->path_and_query == "/?q");
  CHECK(parse_absolute_form("http://a/\xc3\xa9")->path_and_query == "/\xc3\xa9");
  const auto user = parse_absolute_form("http://u:p@a/");
  REQUIRE(user);
  CHECK(user->has_userinfo);
  CHECK(user->authority == Authority{"a", 80});
}

TEST_CASE("absolute-form that is refused") {
  for (const std::string_view bad : {"",
                                     "/",
                                     "a",
                                     "http:/a",
                                     "http:a",
                                     "://a/",
                                     "http://",
                                     "http:///x",
                                     "http://a:0/",
                                     "http://a b/",
                                     "http://a/b c",
                                     "http://a/\r\nHost: b",
                                     "http://a/#f",
                                     "http://a#f",
                                     "http://a\\@b/",
                                     "http://a/\\b",
                                     "http://a@b@c/",
                                     "http://a:80:90/",
                                     "http://a%2eb/",
                                     " http://a/",
                                     "http://a/\x7f"}) {
    INFO(bad);
    const auto parsed = parse_absolute_form(bad);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Code::kProtocol);
  }
  CHECK(parse_absolute_form("ftp://a/").error().code == Code::kUnsupported);
  CHECK_FALSE(parse_absolute_form(std::string_view("http://a/\0", 10)));
}

TEST_CASE("Host fields") {
  CHECK(is_host_field_valid(""));
  CHECK(is_host_field_valid("a:80"));
  CHECK_FALSE(is_host_field_valid("a:"));
  CHECK_FALSE(is_host_field_valid("http://a"));
}

TEST_CASE("URLs for people") {
  CHECK(format_url("http", "a:81", "/b?c") == "http://a:81/b?c");
  CHECK(format_url("http", "a", "https://b/c") == "https://b/c");
  CHECK(format_url("http", "a", "/x?u=http://b/") == "http://a/x?u=http://b/");
  CHECK(format_url("https", "a", "*") == "https://a");
  CHECK(format_url("https", "a", "") == "https://a");
  CHECK(format_url("http", "a", "b") == "http://a/b");
}
