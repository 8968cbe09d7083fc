#include <catch2/catch.hpp>

#include "tests/support/http1_events.h"

using mitm::test::Names;
using mitm::test::oddities_of;

namespace {

Names chunks(const std::string& body) {
  return oddities_of("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + body);
}

}  // namespace

TEST_CASE("oddities of chunks") {
  CHECK(chunks("1\r\nZ\r\n0\r\n\r\n").empty());
  CHECK(chunks("0001\r\nZ\r\n0\r\n\r\n").empty());
  CHECK(chunks("1;x\r\nZ\r\n0\r\n\r\n") == Names{"chunk-extension"});
  CHECK(chunks("1 \r\nZ\r\n0\r\n\r\n") == Names{"unusual-chunk-size"});
  CHECK(chunks("1 ;x\r\nZ\r\n0\r\n\r\n") == Names{"chunk-extension", "unusual-chunk-size"});
  CHECK(chunks("00000000000000001\r\nZ\r\n0\r\n\r\n") == Names{"unusual-chunk-size"});
  for (const auto* bad : {"0x1", "+1", "-1", " 1", "1_0", "1z", "", "g", "10000000000000000"}) {
    INFO(bad);
    CHECK(chunks(std::string(bad) + "\r\nZ\r\n0\r\n\r\n") == Names{"failed", "unusual-chunk-size"});
  }
  CHECK(chunks("1\nZ\r\n0\r\n\r\n") == Names{"bare-lf", "failed"});
  CHECK(chunks("1;a\rb\r\nZ\r\n0\r\n\r\n").contains("failed"));
  CHECK(chunks("1\r\nZX") == Names{"failed", "missing-crlf-after-chunk"});
  CHECK(chunks("1\r\nZ\n0\r\n\r\n") == Names{"failed", "missing-crlf-after-chunk"});
  CHECK(chunks("0\r\nContent-Length: 5\r\n\r\n") == Names{"framing-field-in-trailer"});
  CHECK(chunks("0\r\nA b\r\n\r\n") == Names{"field-without-colon"});
  CHECK(chunks("0\r\nA: b\n\n") == Names{"bare-lf"});
}
