#include "lib/archive/foreign.h"

#include <catch2/catch.hpp>

using mitm::ByteView;
using mitm::archive::looks_like;

TEST_CASE("files of the neighbourhood are recognised") {
  CHECK(looks_like(ByteView("\x0A\x0D\x0D\x0A\x1C\x00", 6)) == "a pcapng capture");
  CHECK(looks_like(ByteView("\xD4\xC3\xB2\xA1\x02\x00", 6)) == "a pcap capture");
  CHECK(looks_like("\x1F\x8B\x08") == "a gzip file");
  CHECK(looks_like("{\"log\": {\"version\": \"1.2\"}}") == "a HAR file");
  CHECK(looks_like("\xEF\xBB\xBF  {\"log\":{}}") == "a HAR file");
  CHECK(looks_like("[1, 2]") == "a JSON file");
  CHECK(looks_like("1852:9:websocket;0:~8:response;") == "a mitmproxy flow file");
  CHECK(looks_like("GET / HTTP/1.1\r\n\r\n") == "a text file");
  CHECK(looks_like("noon: lunch") == "a text file");
}

TEST_CASE("what is not recognised has no name") {
  CHECK(looks_like("").empty());
  CHECK(looks_like(ByteView("\x00\x01\x02\x03", 4)).empty());
}
