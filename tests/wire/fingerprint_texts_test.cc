#include "lib/wire/fingerprint_texts.h"

#include <catch2/catch.hpp>

using mitm::wire::ClientHello;
using mitm::wire::fingerprint_texts;

namespace {

ClientHello grease_everywhere() {
  ClientHello hello;
  hello.legacy_version = 0x0303;
  hello.ciphers = {0x2a2a, 0x1301, 0x00ff, 0xc02b};
  hello.extensions = {0x6a6a, 0, 23, 16, 13, 10, 11, 43, 0xfe0d, 0xfafa};
  hello.alpn = {"h2", "http/1.1"};
  hello.supported_versions = {0x7a7a, 0x0303, 0x0304};
  hello.groups = {0x8a8a, 29, 23};
  hello.point_formats = {0, 10};
  hello.signature_algorithms = {0x0804, 0x9a9a, 0x0403};
  return hello;
}

/// The head of JA4 for a hello whose first protocol is this.
std::string mark(std::string protocol) {
  ClientHello hello;
  hello.alpn = {std::move(protocol), "h2"};
  const auto head = fingerprint_texts(hello).ja4_head;
  return head.substr(head.size() - 2);
}

std::string version(std::uint16_t legacy, std::vector<std::uint16_t> supported) {
  ClientHello hello;
  hello.legacy_version = legacy;
  if (!supported.empty()) hello.extensions = {43};
  hello.supported_versions = std::move(supported);
  return fingerprint_texts(hello).ja4_head.substr(1, 2);
}

}  // namespace

TEST_CASE("GREASE is in none of the texts, everything else is") {
  const auto texts = fingerprint_texts(grease_everywhere());
  CHECK(texts.ja3 == "771,4865-255-49195,0-23-16-13-10-11-43-65037,29-23,0-10");
  CHECK(texts.ja4_head == "t13d0308h2");
  CHECK(texts.ja4_ciphers == "00ff,1301,c02b");
  CHECK(texts.ja4_extensions == "000a,000b,000d,0017,002b,fe0d_0804,0403");
}

TEST_CASE("what a hello does not have leaves its place empty") {
  ClientHello hello;
  hello.legacy_version = 0x0301;
  hello.ciphers = {4, 5};
  auto texts = fingerprint_texts(hello);
  CHECK(texts.ja3 == "769,4-5,,,");
  CHECK(texts.ja4_head == "t10i020000");
  CHECK(texts.ja4_extensions.empty());
  hello.extensions = {0, 16};
  CHECK(fingerprint_texts(hello).ja4_head == "t10d020200");
  CHECK(fingerprint_texts(hello).ja4_extensions.empty());
  hello.extensions = {5, 0};
  hello.ciphers = {0xaaaa};
  texts = fingerprint_texts(hello);
  CHECK(texts.ja3 == "769,,5-0,,");
  CHECK(texts.ja4_ciphers.empty());
  CHECK(texts.ja4_extensions == "0005");
}

TEST_CASE("the version of JA4 is the highest that is supported, else the old field") {
  CHECK(version(0x0303, {}) == "12");
  CHECK(version(0x0302, {}) == "11");
  CHECK(version(0x0300, {}) == "s3");
  CHECK(version(0x0002, {}) == "s2");
  CHECK(version(0x0305, {}) == "00");
  CHECK(version(0x0303, {0x0301, 0x0304, 0x0302}) == "13");
  CHECK(version(0x0303, {0xfafa, 0x0303}) == "12");
  CHECK(version(0x0303, {0x7f16, 0x0303}) == "00");  // a draft
  CHECK(version(0x0303, {0x1a1a}) == "00");
}

TEST_CASE(
    "the protocol of JA4 is two characters of the first, or two digits of its hexadecimal form") {
  using namespace std::string_literals;
  const std::pair<std::string, std::string> marks[] = {
      {"h2", "h2"},    {"http/1.1", "h1"},   {"x", "xx"},
      {"", "00"},      {"\xab", "ab"},       {"\xab\xcd", "ad"},
      {"0\xab", "3b"}, {"01\xab\xcd", "3d"}, {"0\xab\xcd"s + "1", "01"},
      {" ", "20"},     {"a ", "60"},         {"\x1a\x1a", "1a"}};
  for (const auto& [protocol, expected] : marks) {
    CAPTURE(protocol);
    CHECK(mark(protocol) == expected);
  }
}

TEST_CASE("counts of JA4 have two digits") {
  ClientHello hello;
  hello.ciphers.assign(120, 0x1301);
  for (std::uint16_t i = 0; i < 99; ++i)
    hello.extensions.push_back(static_cast<std::uint16_t>(100 + i));
  CHECK(fingerprint_texts(hello).ja4_head == "t00i999900");
}
