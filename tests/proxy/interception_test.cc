#include "lib/proxy/interception.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "lib/base/io.h"
#include "tests/support/shared_data.h"

namespace mitm::proxy {
namespace {

std::string u8(std::size_t value) { return {static_cast<char>(value & 0xff)}; }
std::string u16(std::size_t value) { return u8(value >> 8) + u8(value); }

/// A ClientHello whose only extension, if any, offers these protocols.
std::string hello(const std::vector<std::string>& alpn) {
  std::string names;
  for (const auto& name : alpn) names += u8(name.size()) + name;
  const std::string list = u16(names.size()) + names;
  const std::string extensions = alpn.empty() ? "" : u16(16) + u16(list.size()) + list;
  const std::string body = u16(0x0303) + std::string(32, 'r') + u8(0) + u16(2) + u16(0x1301) +
                           u8(1) + u8(0) + u16(extensions.size()) + extensions;
  const std::string message = u8(1) + u8(0) + u16(body.size()) + body;
  return u8(22) + u16(0x0301) + u16(message.size()) + message;
}

/// The guess at each length, and that it stays once it was made.
Guess guess_bytewise(const std::string& bytes) {
  Guess guess = Guess::kNeedMore;
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    const Guess now = guess_http1({bytes.data(), length});
    if (guess != Guess::kNeedMore) CHECK(now == guess);
    guess = now;
  }
  return guess;
}

TEST_CASE("blank lines before a request count, but not without end") {
  CHECK(guess_http1("\r\n\r\nGET / ") == Guess::kYes);
  CHECK(guess_http1(std::string(8, '\n')) == Guess::kNeedMore);
  CHECK(guess_http1(std::string(9, '\n')) == Guess::kNo);
}

TEST_CASE("a token and a space begin an HTTP/1 request") {
  CHECK(guess_bytewise("GET / HTTP/1.1\r\n") == Guess::kYes);
  CHECK(guess_bytewise("UPDATEREDIRECTREF /") == Guess::kYes);
  CHECK(guess_bytewise("x-!#$%&'*+.^_`|~9 /") == Guess::kYes);
  CHECK(guess_bytewise("\r\n\r\nPOST /") == Guess::kYes);
  CHECK(guess_bytewise("PROPFIND /") == Guess::kYes);
}

TEST_CASE("until the space comes nothing is decided") {
  CHECK(guess_http1("") == Guess::kNeedMore);
  CHECK(guess_http1("\r\n") == Guess::kNeedMore);
  CHECK(guess_http1("GET") == Guess::kNeedMore);
  CHECK(guess_http1(std::string(32, 'A')) == Guess::kNeedMore);
}

TEST_CASE("what is no request is told early") {
  CHECK(guess_bytewise("\x16\x03\x01") == Guess::kNo);
  CHECK(guess_bytewise("SSH-2.0-OpenSSH_9.2\r\n") == Guess::kNo);
  CHECK(guess_bytewise("*3\r\n$3\r\nSET") == Guess::kNo);
  CHECK(guess_bytewise(" GET /") == Guess::kNo);
  CHECK(guess_bytewise(std::string(33, 'A')) == Guess::kNo);
  CHECK(guess_bytewise(std::string("\0\0\0\x08\x04\xd2\x16\x2f", 8)) == Guess::kNo);
}

TEST_CASE("the preface of HTTP/2 is no HTTP/1 request, but a method that begins like it is") {
  CHECK(guess_bytewise("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == Guess::kNo);
  CHECK(guess_http1("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n") == Guess::kNo);
  CHECK(guess_http1("SSH / HTTP/1.1\r\n") == Guess::kYes);
  CHECK(guess_http1("PRI") == Guess::kNeedMore);
  CHECK(guess_bytewise("PRI * HTTP/1.1\r\n") == Guess::kYes);
  CHECK(guess_bytewise("PRINT /") == Guess::kYes);
}

TEST_CASE("a ClientHello decides once it is whole") {
  const std::string bytes = hello({"http/1.1"});
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    REQUIRE(std::holds_alternative<Undecided>(decide_interception({bytes.data(), length})));
  }
  CHECK(std::holds_alternative<OpenTls>(decide_interception(bytes)));
}

TEST_CASE("a client that offers no protocol is opened, without one") {
  const auto decision = decide_interception(hello({}));
  REQUIRE(std::holds_alternative<OpenTls>(decision));
  CHECK(std::get<OpenTls>(decision).alpn.empty());
}

TEST_CASE("of mixed offers those that can be decoded are passed on, in the client's order") {
  const auto decision = decide_interception(hello({"h2", "http/1.0", "spdy/3", "http/1.1"}));
  REQUIRE(std::holds_alternative<OpenTls>(decision));
  CHECK(std::get<OpenTls>(decision).alpn == std::vector<std::string>{"http/1.0", "http/1.1"});
}

TEST_CASE("a client that offers only what cannot be decoded is left alone") {
  const auto decision = decide_interception(hello({"h2"}));
  REQUIRE(std::holds_alternative<PassTls>(decision));
  CHECK(std::get<PassTls>(decision).hello.alpn == std::vector<std::string>{"h2"});
  CHECK(std::holds_alternative<PassTls>(decide_interception(hello({"imap", "acme-tls/1"}))));
}

TEST_CASE("a client that names the server in no usable way is left alone") {
  std::string bytes = hello({"http/1.1"});
  const std::size_t type = bytes.find(u16(16) + u16(11));
  REQUIRE(type != std::string::npos);
  bytes[type + 1] = 0;  // now the protocols are the list of names
  REQUIRE(std::holds_alternative<PassTls>(decide_interception(bytes)));
  CHECK(std::get<PassTls>(decide_interception(bytes)).hello.sni_malformed);
}

TEST_CASE("what begins like a ClientHello and is none is relayed with the reason") {
  const std::string bytes = hello({"http/1.1"});
  const auto decision = decide_interception(bytes.substr(0, 5) + bytes.substr(5, 4) + "\xff\xff" +
                                            bytes.substr(11).replace(32, 1, "\xff"));
  REQUIRE(std::holds_alternative<RelayBroken>(decision));
  CHECK(std::get<RelayBroken>(decision).reason == "the client hello is cut short");
}

TEST_CASE("anything but TLS is relayed as it is") {
  CHECK(std::holds_alternative<RelayPlain>(decide_interception("\x80\x2e\x01\x03\x01")));
  CHECK(std::holds_alternative<RelayPlain>(
      decide_interception("\x15\x03\x01" + std::string("\0\x02\x01\0", 4) + hello({}))));
  CHECK(std::holds_alternative<RelayPlain>(decide_interception("GET / HTTP/1.1\r\n\r\n")));
  CHECK(std::holds_alternative<RelayPlain>(decide_interception("SSH-2.0-x\r\n")));
  CHECK(std::holds_alternative<RelayPlain>(
      decide_interception(std::string("\x16\x03\x01\x00\x04\x02\x00\x00\x00", 9))));
  CHECK(std::holds_alternative<Undecided>(decide_interception("")));
}

TEST_CASE("real ClientHellos are opened unless they offer only what cannot be decoded") {
  const auto index = test::shared_json("clienthellos/index.json");
  if (!index) return;
  std::size_t judged = 0;
  for (const auto& entry : index->GetObject()) {
    const auto bytes =
        test::shared_data(std::string("clienthellos/") + entry.name.GetString() + ".bin");
    if (!bytes) continue;
    CAPTURE(entry.name.GetString());
    const auto decision = decide_interception(*bytes);
    if (std::holds_alternative<RelayBroken>(decision)) continue;  // damaged in its capture
    ++judged;
    const auto& alpn = entry.value["alpn"].GetArray();
    bool decodable = alpn.Empty();
    for (const auto& offer : alpn)
      decodable |= std::string_view(offer.GetString()).starts_with("http/1");
    CHECK(std::holds_alternative<OpenTls>(decision) == decodable);
  }
  CHECK(judged > 100);
}

}  // namespace
}  // namespace mitm::proxy
