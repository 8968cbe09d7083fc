#include <catch2/catch.hpp>

#include "tests/support/http1_events.h"

using mitm::test::Names;
using mitm::test::oddities_of;
using mitm::test::oddities_of_fields;

TEST_CASE("oddities of lines") {
  CHECK(oddities_of("GET / HTTP/1.1\nHost: x\n\n") == Names{"bare-lf"});
  CHECK(oddities_of("GET / HTTP/1.1\r\nHost: x\r\n\n") == Names{"bare-lf"});
  CHECK(oddities_of_fields("A: b\rc\r\n") == Names{"bare-cr"});
  CHECK(oddities_of_fields(std::string("A: b\0c\r\n", 8)) == Names{"nul"});
  CHECK(oddities_of_fields("A: b\x01\r\n") == Names{"control-in-value"});
  CHECK(oddities_of_fields("A: \xff\r\n") == Names{"obs-text"});
  CHECK(oddities_of_fields("A: b\r\n c\r\n") == Names{"obs-fold"});
  CHECK(oddities_of_fields("A : b\r\n") == Names{"space-before-colon"});
  CHECK(oddities_of_fields(": b\r\n") == Names{"empty-field-name"});
  CHECK(oddities_of_fields("A(: b\r\n") == Names{"bad-field-name"});
  CHECK(oddities_of_fields("A\xe4: b\r\n") == Names{"bad-field-name", "obs-text"});
  CHECK(oddities_of_fields("A b\r\n") == Names{"field-without-colon"});
  CHECK(oddities_of_fields("A: " + std::string(9000, 'a') + "\r\n") == Names{"long-line"});
  CHECK(oddities_of("GET / HTTP/1.1\r\n A: b\r\nHost: x\r\n\r\n") ==
        Names{"space-before-first-field"});
  CHECK(oddities_of("\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n") == Names{"blank-line-before-request"});
}

TEST_CASE("oddities of Content-Length") {
  CHECK(oddities_of_fields("Content-Length: 1\r\nContent-Length: 1\r\n") ==
        Names{"duplicate-content-length"});
  CHECK(oddities_of_fields("Content-Length: 5, 5\r\n") == Names{"duplicate-content-length"});
  CHECK(oddities_of_fields("Content-Length: 1\r\nContent-Length: 2\r\n") ==
        Names{"duplicate-content-length", "conflicting-content-length", "failed"});
  CHECK(oddities_of_fields("Content-Length: 05\r\n") == Names{"bad-content-length"});
  for (const auto* bad : {"+5", "-5", "0x5", "5_0", "5 5", "", "5;",
                          "\xa0"
                          "5",
                          "9223372036854775808", "99999999999999999999"}) {
    INFO(bad);
    const Names found = oddities_of_fields("Content-Length: " + std::string(bad) + "\r\n");
    CHECK(found.contains("bad-content-length"));
    CHECK(found.contains("failed"));
  }
  CHECK(oddities_of_fields("Content-Length : 0\r\n") == Names{"space-before-colon"});
  CHECK(oddities_of("CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\n") ==
        Names{"forbidden-body"});
}

TEST_CASE("oddities of Transfer-Encoding") {
  CHECK(oddities_of_fields("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n") ==
        Names{"content-length-with-transfer-encoding"});
  CHECK(oddities_of_fields("Transfer-Encoding: Chunked\r\n") == Names{"unusual-transfer-encoding"});
  CHECK(oddities_of_fields("Transfer-Encoding: gzip, chunked\r\n") ==
        Names{"unusual-transfer-encoding"});
  CHECK(oddities_of_fields("Transfer-Encoding:\r\n chunked\r\n") == Names{"obs-fold"});
  for (const auto* bad : {"identity", "\"chunked\"", "chunked, identity", "xchunked",
                          "\x0b"
                          "chunked",
                          ""}) {
    INFO(bad);
    const Names found = oddities_of_fields("Transfer-Encoding: " + std::string(bad) + "\r\n");
    CHECK(found.contains("unusual-transfer-encoding"));
  }
  CHECK(oddities_of_fields("Transfer-Encoding: identity\r\n").contains("failed"));
  CHECK(oddities_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") ==
        Names{"transfer-encoding-in-http-1.0"});
  CHECK(oddities_of_fields("Connection: close, Content-Length\r\n") ==
        Names{"framing-field-in-connection"});
}
