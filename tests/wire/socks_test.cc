#include "lib/wire/socks.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/cuts.h"

namespace mitm::wire {
namespace {

using namespace std::string_literals;

std::string hex(ByteView bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

/// What a whole conversation comes to, one word a step, however the input is cut.
std::string talk_in(const test::Pieces& pieces, bool login_required, bool accepted) {
  SocksHandshake handshake(login_required);
  std::string buffered;
  std::string told;
  for (const auto& piece : pieces) {
    buffered += piece;
    while (true) {
      auto step = handshake.next(buffered);
      buffered.erase(0, step.used);
      if (const auto* login = std::get_if<SocksLogin>(&step.what)) {
        told += fmt::format("login={}/{} ", login->user, login->password);
        step = handshake.judge(accepted);
      }
      if (const auto* say = std::get_if<SocksSay>(&step.what)) {
        told += fmt::format("say={} ", hex(say->reply));
        continue;
      }
      if (std::holds_alternative<SocksNeedMore>(step.what)) break;
      if (const auto* refusal = std::get_if<SocksRefuse>(&step.what))
        return told + fmt::format("refuse={} {}", hex(refusal->reply), refusal->reason);
      const auto& wanted = std::get<SocksConnect>(step.what);
      return told + fmt::format("connect{}={}/{}", wanted.version == SocksVersion::k5 ? 5 : 4,
                                wanted.target.host, wanted.target.port);
    }
  }
  return told + "waits";
}

std::string talk(const std::string& input, bool login_required = false, bool accepted = true) {
  const auto ways = test::cuttings(input);
  const auto whole = talk_in(ways.front(), login_required, accepted);
  for (const auto& way : ways) CHECK(talk_in(way, login_required, accepted) == whole);
  return whole;
}

const std::string kHello = "\x05\x01\x00"s;
const std::string kLogin = "\x05\x02\x00\x02"s;

TEST_CASE("SOCKS5 asks for an IPv4 address, an IPv6 address or a name") {
  CHECK(talk(kHello + "\x05\x01\x00\x01\x7f\x00\x00\x01\x1f\x90"s) ==
        "say=0500 connect5=127.0.0.1/8080");
  CHECK(talk(kHello + "\x05\x01\x00\x04"s + std::string(15, '\0') + "\x01\x01\xbb"s) ==
        "say=0500 connect5=::1/443");
  CHECK(talk(kHello + "\x05\x01\x00\x03\x0b"s + "Example.com" + "\x01\xbb"s) ==
        "say=0500 connect5=example.com/443");
  CHECK(talk(kHello + "\x05\x01\x00\x03\x03"s + "::1" + "\x01\xbb"s) ==
        "say=0500 connect5=::1/443");
}

TEST_CASE("SOCKS4 asks for an IPv4 address, 4a for a name, with any user") {
  CHECK(talk("\x04\x01\x00\x50\x7f\x00\x00\x01\x00"s) == "connect4=127.0.0.1/80");
  CHECK(talk("\x04\x01\x00\x50\x7f\x00\x00\x01me\x00"s) == "connect4=127.0.0.1/80");
  CHECK(talk("\x04\x01\x00\x50\x00\x00\x00\x07me\x00"s + "example.com\x00"s) ==
        "connect4=example.com/80");
}

TEST_CASE("what follows a request is not used") {
  SocksHandshake handshake(false);
  const std::string request = "\x04\x01\x00\x50\x7f\x00\x00\x01\x00"s;
  CHECK(handshake.next(request + "GET /").used == request.size());
}

TEST_CASE("who offers a login where none is needed may have it") {
  CHECK(talk(kLogin + "\x05\x01\x00\x01\x7f\x00\x00\x01\x1f\x90"s) ==
        "say=0500 connect5=127.0.0.1/8080");
  CHECK(talk("\x05\x01\x02\x01\x01u\x01p"s + "\x05\x01\x00\x01\x7f\x00\x00\x01\x1f\x90"s) ==
        "say=0502 login=u/p say=0100 connect5=127.0.0.1/8080");
}

TEST_CASE("a login that is required is asked for and judged") {
  const auto request = "\x05\x01\x00\x01\x7f\x00\x00\x01\x1f\x90"s;
  CHECK(talk(kLogin + "\x01\x02me\x04word"s + request, true) ==
        "say=0502 login=me/word say=0100 connect5=127.0.0.1/8080");
  CHECK(talk(kLogin + "\x01\x02me\x04word"s + request, true, false) ==
        "say=0502 login=me/word refuse=0101 wrong user or password");
  CHECK(talk(kHello, true) == "refuse=05ff the client does not offer to log in");
  CHECK(talk("\x04\x01\x00\x50\x7f\x00\x00\x01me\x00"s, true) ==
        "refuse=005b000000000000 SOCKS4 knows no passwords; SOCKS5 does");
  CHECK(talk(kLogin + "\x05", true) == "say=0502 refuse=0101 this is no login of RFC 1929");
}

TEST_CASE("other commands are refused with the code for that") {
  const auto address = "\x00\x01\x7f\x00\x00\x01\x1f\x90"s;
  CHECK(talk(kHello + "\x05\x02" + address) ==
        "say=0500 refuse=05070001000000000000 SOCKS BIND is not supported");
  CHECK(talk(kHello + "\x05\x03" + address) ==
        "say=0500 refuse=05070001000000000000 SOCKS UDP ASSOCIATE is not supported");
  CHECK(talk(kHello + "\x05\xf0" + address) ==
        "say=0500 refuse=05070001000000000000 240 is no command of SOCKS");
  CHECK(talk("\x04\x02\x00\x50\x7f\x00\x00\x01\x00"s) ==
        "refuse=005b000000000000 SOCKS BIND is not supported");
}

TEST_CASE("what is no address, no port and no name is refused") {
  CHECK(talk(kHello + "\x05\x01\x00\x02"s) ==
        "say=0500 refuse=05080001000000000000 2 is no kind of address");
  CHECK(talk(kHello + "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x00"s) ==
        "say=0500 refuse=05010001000000000000 no valid port: 127.0.0.1:0");
  CHECK(talk(kHello + "\x05\x01\x00\x03\x03"s + "a b" + "\x01\xbb"s) ==
        "say=0500 refuse=05010001000000000000 not a host: a b:443");
  CHECK(talk(kHello + "\x05\x01\x00\x03\x00\x01\xbb"s).starts_with("say=0500 refuse=0501"));
  CHECK(talk(kHello + "\x05\x01\x00\x03\xff"s + std::string(255, 'a') + "\x01\xbb"s)
            .starts_with("say=0500 refuse=0501"));
  CHECK(talk("\x04\x01\x00\x00\x7f\x00\x00\x01\x00"s).starts_with("refuse=005b"));
}

TEST_CASE("texts of SOCKS4 that do not end are refused") {
  const auto head = "\x04\x01\x00\x50\x00\x00\x00\x01"s;
  CHECK(talk(head + std::string(300, 'u')) ==
        "refuse=005b000000000000 the user of SOCKS4 does not come to its end");
  CHECK(talk(head + "\0"s + std::string(300, 'n')) ==
        "refuse=005b000000000000 the name in SOCKS4a does not come to its end");
  CHECK(talk(head + std::string(200, 'u')) == "waits");
}

TEST_CASE("a greeting without a method that we know is refused in its own words") {
  CHECK(talk("\x05\x00"s) ==
        "refuse=05ff the client offers only ways to log in that we do not know");
  CHECK(talk("\x05\x01\x01"s).starts_with("refuse=05ff"));
  CHECK(talk(kHello + "GET / HTTP/1.1\r\n\r\n") ==
        "say=0500 refuse=05010001000000000000 this is no request of SOCKS5");
  CHECK(talk("GET") == "refuse= this is not SOCKS");
}

TEST_CASE("half a message waits") {
  CHECK(talk("\x05") == "waits");
  CHECK(talk("\x05\x03\x00\x01"s) == "waits");
  CHECK(talk(kHello + "\x05\x01\x00\x03\x0b"s + "exam") == "say=0500 waits");
  CHECK(talk("\x04\x01\x00"s) == "waits");
}

TEST_CASE("SOCKS4 says no more than yes and no") {
  CHECK(hex(socks_answer(SocksVersion::k4, SocksAnswer::kGranted)) == "005a000000000000");
  CHECK(hex(socks_answer(SocksVersion::k4, SocksAnswer::kRefused)) == "005b000000000000");
  CHECK(hex(socks_answer(SocksVersion::k5, SocksAnswer::kGranted)) == "05000001000000000000");
  CHECK(hex(socks_answer(SocksVersion::k5, SocksAnswer::kRefused)) == "05050001000000000000");
}

}  // namespace
}  // namespace mitm::wire
