#include "lib/wire/connect_answer.h"

#include <catch2/catch.hpp>

namespace mitm::wire {
namespace {

std::string show(const ConnectAnswer::Decision& decision) {
  if (const auto* made = std::get_if<TunnelMade>(&decision))
    return "made " + std::to_string(made->length);
  if (const auto* refused = std::get_if<TunnelRefused>(&decision)) return refused->reason;
  return "more";
}

std::string at_once(ByteView answer) { return show(ConnectAnswer().feed(answer)); }

TEST_CASE("a tunnel is asked for with the authority in both places") {
  CHECK(connect_request({"example.com", 443}, std::nullopt) ==
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n");
  CHECK(connect_request({"::1", 80}, BasicLogin{"me", "s:ecret"}) ==
        "CONNECT [::1]:80 HTTP/1.1\r\nHost: [::1]:80\r\n"
        "Proxy-Authorization: Basic bWU6czplY3JldA==\r\n\r\n");
}

TEST_CASE("what follows the head belongs to the tunnel, whatever its fields say") {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  CHECK(at_once(head + "220 mail") == "made " + std::to_string(head.size()));
  ConnectAnswer answer;
  for (std::size_t i = 0; i + 1 < head.size(); ++i)
    REQUIRE(show(answer.feed(head.substr(i, 1))) == "more");
  CHECK(show(answer.feed("\n")) == "made " + std::to_string(head.size()));
  const std::string interim = "HTTP/1.1 102 Processing\r\n\r\n";
  CHECK(at_once(interim + head) == "made " + std::to_string(interim.size() + head.size()));
}

TEST_CASE("a refusal is told as it was said, and how to log in") {
  CHECK(at_once("HTTP/1.0 502 Bad\x1bGateway\r\n\r\n").starts_with("502 Bad"));
  CHECK(at_once("HTTP/1.0 502 Bad\x1bGateway\r\n\r\n").find('\x1b') == std::string::npos);
  CHECK(at_once("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"
                "Proxy-Authenticate: NTLM\r\n\r\n") == "407 Who?, Basic, NTLM");
}

TEST_CASE("why it is refused is told where that came along in plain text") {
  const auto refused = [](const std::string& type, const std::string& body) {
    return at_once("HTTP/1.1 502 Bad Gateway\r\nContent-Type: " + type +
                   "\r\nContent-Length: 100\r\n\r\n" + body);
  };
  CHECK(refused("text/plain; charset=utf-8", "resolve a.test: no\x1b such name\nhint: x") ==
        "502 Bad Gateway: resolve a.test: no\\x1b such name");
  CHECK(refused("text/plain", "") == "502 Bad Gateway");
  CHECK(refused("text/plain", "\r\nx") == "502 Bad Gateway");
  CHECK(refused("text/html", "<p>no") == "502 Bad Gateway");
}

TEST_CASE("garbage and endless heads are no answer") {
  CHECK(at_once("SSH-2.0-OpenSSH\r\n").starts_with("something that is not HTTP/1"));
  CHECK(at_once("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'))
            .starts_with("something that is not HTTP/1"));
}

}  // namespace
}  // namespace mitm::wire
