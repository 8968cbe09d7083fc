#include "lib/flow/abridged.h"

#include <catch2/catch.hpp>

#include "lib/flow/assembler.h"

using namespace mitm;
using namespace mitm::flow;

namespace {

RequestHead request() {
  return {.method = "GET",
          .scheme = "https",
          .target = "/a",
          .authority = "h",
          .version = "HTTP/1.1",
          .raw = "GET /a HTTP/1.1\r\n\r\n",
          .fields = {{"a", "b"}}};
}

}  // namespace

TEST_CASE("heads lose their octets and fields") {
  const RequestHead head = abridged(request());
  CHECK(head.target == "/a");
  CHECK(head.authority == "h");
  CHECK(head.raw.empty());
  CHECK(head.fields.empty());
  const ResponseHead response = abridged(
      ResponseHead{.version = "HTTP/1.1", .status = 204, .reason = "x", .raw = "y", .fields = {}});
  CHECK(response ==
        ResponseHead{.version = {}, .status = 204, .reason = {}, .raw = {}, .fields = {}});
}

TEST_CASE("of TLS the name that was asked for and the duration are left") {
  ClientHelloSeen hello{.facts = {.sni = "h", .alpn = {"h2"}, .ja3 = "3", .ja4 = "4"}, .raw = "r"};
  CHECK(abridged(hello).facts.sni == "h");
  CHECK(abridged(hello).facts.alpn.empty());
  CHECK(abridged(hello).raw.empty());
  TlsEstablished tls{.side = Side::kClient, .facts = {}};
  tls.facts.cipher = "c";
  tls.facts.handshake = Duration(5);
  CHECK(abridged(tls).side == Side::kClient);
  CHECK(abridged(tls).facts.handshake == Duration(5));
  CHECK(abridged(tls).facts.cipher.empty());
}

TEST_CASE("names of anomalies and the sender of trailers are left") {
  CHECK(abridged(Anomaly{Side::kServer, "n", "d"}) == Anomaly{Side::kServer, "n", ""});
  CHECK(abridged(Trailers{.sender = Side::kServer, .raw = "a: b\r\n", .fields = {}}) ==
        Trailers{.sender = Side::kServer, .raw = {}, .fields = {}});
}

TEST_CASE("other events are what they were") {
  const FlowEnd end{.bytes_from_client = 7};
  CHECK(&abridged(end) == &end);
}

TEST_CASE("an assembler that keeps a line's worth leaves its input alone") {
  Assembler assembler(Assembler::Keep::kLine);
  const Record record{.flow = 1, .event = request()};
  assembler.add(record);
  assembler.add(Record{.flow = 1, .event = FlowEnd{}});
  CHECK(std::get<RequestHead>(record.event) == request());
  const auto flow = assembler.next();
  REQUIRE(flow);
  CHECK(flow->request->target == "/a");
  CHECK(flow->request->raw.empty());
}
