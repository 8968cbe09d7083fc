#include "lib/replay/outgoing.h"

#include <catch2/catch.hpp>

#include "tests/support/records.h"

namespace mitm::replay {
namespace {

RecordedRequest recorded(const Bytes& raw, const std::string& body = "") {
  const auto space = raw.find(' ');
  const auto end = raw.find(' ', space + 1);
  RecordedRequest request;
  request.id = 1;
  request.head = {.method = raw.substr(0, space),
                  .scheme = "http",
                  .target = raw.substr(space + 1, end - space - 1),
                  .authority = "old.example",
                  .version = "HTTP/1.1",
                  .raw = raw};
  request.body = std::make_unique<Spool>();
  REQUIRE(request.body->append(body));
  request.status = 200;
  return request;
}

const Route kRecorded;
const Route kMoved{.to = Destination{true, {"new.example", 8443}}};

Bytes head_of(const Bytes& raw, const Route& route) {
  return make_outgoing(recorded(raw), route).value().head;
}

TEST_CASE("a head goes out byte for byte") {
  const Bytes raw =
      "GET /a?b HTTP/1.1\r\nhOST:  old.example \r\nX:\ty \r\nx: z\r\nCookie: a=b\r\n\r\n";
  CHECK(head_of(raw, kRecorded) == raw);
}

TEST_CASE("with another target only Host changes") {
  CHECK(head_of("GET /a HTTP/1.1\r\nA: 1\r\nhOST:  old.example \r\nZ: 2\r\n\r\n", kMoved) ==
        "GET /a HTTP/1.1\r\nA: 1\r\nhOST: new.example:8443\r\nZ: 2\r\n\r\n");
  CHECK(head_of("GET / HTTP/1.1\r\nHost: a\r\n\r\n", {.to = Destination{true, {"::1", 443}}}) ==
        "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n");
}

TEST_CASE("the recorded Host can be kept") {
  const Bytes raw = "GET /a HTTP/1.1\r\nHost: old.example\r\n\r\n";
  Route route = kMoved;
  route.keep_host = true;
  CHECK(head_of(raw, route) == raw);
  CHECK(head_of("GET http://old.example/a HTTP/1.1\r\nHost: old.example\r\n\r\n", route) == raw);
}

TEST_CASE("absolute-form becomes origin-form, and what was for the proxy goes") {
  CHECK(
      head_of("GET http://old.example:81/a?b HTTP/1.1\r\nHost: old.example:81\r\n"
              "Proxy-Connection: keep-alive\r\nAccept: */*\r\nPROXY-Authorization: Basic x\r\n\r\n",
              kRecorded) == "GET /a?b HTTP/1.1\r\nHost: old.example:81\r\nAccept: */*\r\n\r\n");
  CHECK(head_of("GET http://old.example HTTP/1.1\r\nHost: old.example\r\n\r\n", kRecorded) ==
        "GET / HTTP/1.1\r\nHost: old.example\r\n\r\n");
  CHECK(head_of("OPTIONS http://old.example HTTP/1.1\r\nHost: old.example\r\n\r\n", kRecorded) ==
        "OPTIONS * HTTP/1.1\r\nHost: old.example\r\n\r\n");
}

TEST_CASE("a Host that is missing is added where HTTP/1.1 asks for one") {
  CHECK(head_of("GET http://old.example/ HTTP/1.0\r\n\r\n", kRecorded) ==
        "GET / HTTP/1.0\r\nHost: old.example\r\n\r\n");
  CHECK(head_of("GET / HTTP/1.1\r\n\r\n", kMoved) ==
        "GET / HTTP/1.1\r\nHost: new.example:8443\r\n\r\n");
  CHECK(head_of("GET / HTTP/1.0\r\n\r\n", kMoved) == "GET / HTTP/1.0\r\n\r\n");
}

TEST_CASE("several Host fields become one") {
  CHECK(head_of("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nHost: b\r\n\r\n", kMoved) ==
        "GET / HTTP/1.1\r\nHost: new.example:8443\r\nX: y\r\n\r\n");
}

TEST_CASE("a request goes where it went") {
  auto request = recorded("GET / HTTP/1.1\r\nHost: old.example:81\r\n\r\n");
  request.head.authority = "old.example:81";
  CHECK(make_outgoing(request, kRecorded).value().destination ==
        Destination{false, {"old.example", 81}});
  request.server = flow::Target{"192.0.2.7", 8080};
  CHECK(make_outgoing(request, kRecorded).value().destination ==
        Destination{false, {"192.0.2.7", 8080}});
  request.head.scheme = "https";
  CHECK(make_outgoing(request, kRecorded).value().destination.tls);
  CHECK(make_outgoing(request, kMoved).value().destination == *kMoved.to);
}

TEST_CASE("an absolute target says itself where it goes") {
  auto request = recorded("GET http://two.example/ HTTP/1.1\r\nHost: two.example\r\n\r\n");
  request.server = flow::Target{"one.example", 80};
  CHECK(make_outgoing(request, kRecorded).value().destination ==
        Destination{false, {"two.example", 80}});
}

TEST_CASE("a request of which nobody knows where it went cannot be sent there") {
  auto request = recorded("GET / HTTP/1.0\r\n\r\n");
  request.head.authority = "";
  CHECK_FALSE(make_outgoing(request, kRecorded));
  CHECK(make_outgoing(request, kMoved));
}

TEST_CASE("the framing is the recorded one") {
  const auto with_length =
      make_outgoing(recorded("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", "abc"),
                    kRecorded)
          .value();
  CHECK_FALSE(with_length.chunked);
  CHECK(with_length.keep_alive);
  auto request =
      recorded("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "abc");
  request.trailers = "X: y\r\n";
  const auto chunked = make_outgoing(request, kRecorded).value();
  CHECK(chunked.chunked);
  CHECK(chunked.trailers == "X: y\r\n");
}

TEST_CASE("a body of another size than the head announces is not sent") {
  const auto refused = make_outgoing(
      recorded("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n", "abc"), kRecorded);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "its head announces 4 bytes, but 3 were recorded");
  CHECK_FALSE(make_outgoing(recorded("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "abc"), kRecorded));
}

TEST_CASE("a gap is the reason for not sending") {
  auto request = recorded("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  request.gap = "its end was not recorded";
  CHECK(make_outgoing(request, kRecorded).error().message == "its end was not recorded");
}

TEST_CASE("heads that are no HTTP/1 are refused") {
  for (const Bytes& raw : {Bytes(), Bytes("GET"), Bytes("GET / HTTP/1.1\r\nHost: a\r\n"),
                           Bytes("\x16\x03\x01\r\n\r\n"), Bytes("GET / HTTP/2.0\r\n\r\n")}) {
    CAPTURE(raw);
    auto request = recorded("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    request.head.raw = raw;
    CHECK_FALSE(make_outgoing(request, kRecorded));
  }
}

TEST_CASE("a request that servers may read differently gets a connection of its own") {
  const Bytes raw = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n";
  const auto outgoing = make_outgoing(recorded(raw, "abc"), kRecorded).value();
  CHECK(outgoing.ambiguous);
  CHECK_FALSE(outgoing.keep_alive);
  CHECK(outgoing.head == raw);
  CHECK_FALSE(
      make_outgoing(recorded("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), kRecorded)
          .value()
          .keep_alive);
}

TEST_CASE("tunnels are told apart") {
  CHECK(is_tunnel(recorded("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")));
  auto upgrade =
      recorded("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n");
  CHECK_FALSE(is_tunnel(upgrade));
  CHECK(make_outgoing(upgrade, kRecorded).value().upgrade_asked);
  upgrade.status = 101;
  CHECK(is_tunnel(upgrade));
}

TEST_CASE("the URL shown is the one asked for") {
  const auto plain = recorded("GET /a?b HTTP/1.1\r\nHost: old.example\r\n\r\n");
  CHECK(url_of(plain, kRecorded) == "http://old.example/a?b");
  CHECK(url_of(plain, kMoved) == "https://new.example:8443/a?b");
  const auto absolute = recorded("GET http://old.example/a HTTP/1.1\r\nHost: old.example\r\n\r\n");
  CHECK(url_of(absolute, kRecorded) == "http://old.example/a");
  CHECK(url_of(absolute, kMoved) == "https://new.example:8443/a");
}

}  // namespace
}  // namespace mitm::replay
