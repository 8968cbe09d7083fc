#include <catch2/catch.hpp>

#include "tests/support/http1_events.h"

using mitm::test::http1_events_every_way;
using mitm::test::Names;
using mitm::test::oddities_of;
using mitm::test::oddities_of_fields;

using Lines = std::vector<std::string>;

TEST_CASE("a plain request has no oddities") {
  CHECK(oddities_of_fields("A: b\r\nContent-Length: 0\r\n").empty());
  CHECK(oddities_of("OPTIONS * HTTP/1.1\r\nHost:\r\n\r\n").empty());
  CHECK(oddities_of("GET http://a:80/ HTTP/1.1\r\nHost: a\r\n\r\n").empty());
  CHECK(oddities_of("CONNECT [::1]:443 HTTP/1.1\r\nHost: [::1]:443\r\n\r\n").empty());
  CHECK(oddities_of("CONNECT ::1:443 HTTP/1.1\r\nHost: ::1:443\r\n\r\n").empty());
}

TEST_CASE("oddities of Host") {
  CHECK(oddities_of("GET / HTTP/1.1\r\n\r\n") == Names{"missing-host"});
  CHECK(oddities_of("GET / HTTP/1.0\r\n\r\n").empty());
  CHECK(oddities_of_fields("Host: x\r\n") == Names{"duplicate-host"});
  CHECK(oddities_of("GET / HTTP/1.1\r\nHost: a b\r\n\r\n") == Names{"bad-host"});
  CHECK(oddities_of("GET / HTTP/1.1\r\nHost: a:0\r\n\r\n") == Names{"bad-host"});
  CHECK(oddities_of("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n") == Names{"bad-host"});
  CHECK(oddities_of("GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n") ==
        Names{"host-differs-from-target"});
  CHECK(oddities_of("CONNECT a:1 HTTP/1.1\r\nHost: b:1\r\n\r\n") ==
        Names{"host-differs-from-target"});
}

TEST_CASE("after an oddity of framing the body is read as RFC 9112 says") {
  CHECK(http1_events_every_way("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n1\r\nZ\r\n0\r\n\r\n") ==
        Lines{"oddity! content-length-with-transfer-encoding",
              "request POST / HTTP/1.1 chunked keep-alive Host=x Content-Length=4 "
              "Transfer-Encoding=chunked",
              "body Z", "end"});
  CHECK(http1_events_every_way("POST / HTTP/1.1\nHost: x\nContent-Length: 1\n\nZ").at(1) ==
        "request POST / HTTP/1.1 length 1 keep-alive Host=x Content-Length=1");
}
