#include "lib/wire/socks_client.h"

#include <catch2/catch.hpp>

namespace mitm::wire {
namespace {

using namespace std::string_literals;

/// What the client says, and how it ends, when the proxy's octets come one by one.
struct Talk {
  Bytes said;
  std::string end = "waits";
  Bytes left;
};

Talk talk(SocksClient client, ByteView proxy) {
  Talk talk{.said = client.greeting(), .left = {}};
  Bytes held;
  for (std::size_t i = 0; i <= proxy.size(); ++i) {
    while (true) {
      const auto step = client.next(held);
      held.erase(0, step.used);
      if (const auto* say = std::get_if<SocksSay>(&step.what)) {
        talk.said += "|" + say->reply;
        continue;
      }
      if (const auto* failed = std::get_if<SocksFailed>(&step.what)) {
        talk.end = failed->reason;
        return talk;
      }
      if (std::holds_alternative<SocksMade>(step.what)) {
        talk.end = "made";
        talk.left = held + Bytes(proxy.substr(i));
        return talk;
      }
      break;
    }
    if (i < proxy.size()) held += proxy[i];
  }
  return talk;
}

TEST_CASE("a name goes to the proxy as it is, a numeric address as octets") {
  const auto answers = "\5\0\5\0\0\1\0\0\0\0\0\0hello"s;
  auto named = talk({{"example.com", 443}, std::nullopt}, answers);
  CHECK(named.said == "\5\1\0|\5\1\0\3\x0b"s + "example.com\1\xbb"s);
  CHECK(named.end == "made");
  CHECK(named.left == "hello");
  CHECK(talk({{"192.0.2.1", 80}, std::nullopt}, answers).said == "\5\1\0|\5\1\0\1\xc0\0\2\1\0P"s);
  CHECK(talk({{"::1", 80}, std::nullopt}, answers).said ==
        "\5\1\0|\5\1\0\4"s + std::string(15, '\0') + "\1\0P"s);
}

TEST_CASE("a login is offered, and used if the proxy wants it") {
  const SocksClient client{{"a", 1}, BasicLogin{"me", "secret"}};
  const auto used = talk(client, "\5\2\1\0\5\0\0\3\1x\0\0"s);
  CHECK(used.said == "\5\2\0\2|\1\2me\6secret|\5\1\0\3\1a\0\1"s);
  CHECK(used.end == "made");
  CHECK(talk(client, "\5\0"s).said == "\5\2\0\2|\5\1\0\3\1a\0\1"s);
  CHECK(talk(client, "\5\2\1\1"s).end == "it refused the user or the password: the login is wrong");
  CHECK(talk(client, "\5\xff"s).end == "it takes no login by user and password");
}

TEST_CASE("what a proxy answers is said as it is") {
  const SocksClient client{{"a", 1}, std::nullopt};
  CHECK(talk(client, "\5\xff"s).end == "it wants a login");
  CHECK(talk(client, "\5\2"s).end == "it answered the greeting with what was not offered");
  CHECK(talk(client, "HTTP/1.1 400"s).end == "it does not speak SOCKS5");
  CHECK(talk(client, "\5\0\5\5"s).end == "connection refused");
  CHECK(talk(client, "\5\0\5\x63"s).end == "failure 99");
  CHECK(talk(client, "\5\0\4\0"s).end == "its answer is not one of SOCKS5");
  CHECK(talk(client, "\5\0\5\0\0\7"s).end == "its answer is not one of SOCKS5");
  CHECK(talk(client, "\5\0\5\0\0\1\0\0"s).end == "waits");
}

}  // namespace
}  // namespace mitm::wire
