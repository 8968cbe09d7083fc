#include "lib/wire/socks.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>
#include <utility>

#include "lib/wire/byte_reader.h"

namespace mitm::wire {
namespace {

using Step = SocksHandshake::Step;

constexpr char kNoLogin = '\0';
constexpr char kUserPassword = '\2';
constexpr std::uint8_t kNoMethod = 0xff;
constexpr std::uint8_t kConnect = 1;
/// RFC 1928 has names of at most 255 octets; SOCKS4 sets no bound for either text.
constexpr std::size_t kMaxText4 = 255;
constexpr std::size_t kHead4 = 8;

Bytes two(std::uint8_t first, std::uint8_t second) {
  return {static_cast<char>(first), static_cast<char>(second)};
}

Step need_more() { return {0, SocksNeedMore{}}; }

Step refuse(std::size_t used, Bytes reply, std::string reason) {
  return {used, SocksRefuse{std::move(reply), std::move(reason)}};
}

Step refuse_login(std::size_t used, Bytes reply, std::string reason) {
  return {used, SocksRefuse{std::move(reply), std::move(reason), true}};
}

Step refuse5(std::size_t used, SocksAnswer answer, std::string reason) {
  return refuse(used, socks_answer(SocksVersion::k5, answer), std::move(reason));
}

Step refuse4(std::size_t used, std::string reason) {
  return refuse(used, socks_answer(SocksVersion::k4, SocksAnswer::kFailure), std::move(reason));
}

std::string unknown_command(unsigned command) {
  constexpr std::array<std::string_view, 4> kNames = {"", "", "BIND", "UDP ASSOCIATE"};
  return command == 2 || command == 3 ? fmt::format("SOCKS {} is not supported", kNames[command])
                                      : fmt::format("{} is no command of SOCKS", command);
}

std::string numeric(int family, ByteView octets) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(family, octets.data(), text.data(), text.size());
  return text.data();
}

/// Strict about names, as everything is that we connect to.
Result<Authority> to_authority(ByteView host, std::uint16_t port) {
  return parse_authority(fmt::format("{}:{}", host, port), 0);
}

}  // namespace

Bytes socks_answer(SocksVersion version, SocksAnswer answer) {
  constexpr char kGranted4 = 0x5a;
  constexpr char kRejected4 = 0x5b;
  if (version == SocksVersion::k4) {
    Bytes reply(kHead4, '\0');
    reply[1] = answer == SocksAnswer::kGranted ? kGranted4 : kRejected4;
    return reply;
  }
  Bytes reply(10, '\0');  // with an IPv4 address of zeros
  reply[0] = '\5';
  reply[1] = static_cast<char>(answer);
  reply[3] = '\1';
  return reply;
}

Step SocksHandshake::next(ByteView buffered) {
  if (buffered.empty()) return need_more();
  switch (state_) {
    case State::kGreeting:
      if (buffered.front() == '\4') return request4(buffered);
      return greeting(buffered);
    case State::kLogin:
      return login(buffered);
    case State::kRequest:
      return request5(buffered);
  }
  return need_more();
}

Step SocksHandshake::greeting(ByteView buffered) {
  if (buffered.front() != '\5') return refuse(0, {}, "this is not SOCKS");
  ByteReader reader(buffered.substr(1));
  const ByteView methods = reader.vector8();
  if (!reader.ok()) return need_more();
  const std::size_t used = 2 + methods.size();
  login_offered_ = methods.contains(kUserPassword);
  if (!login_required_ && methods.contains(kNoLogin)) {
    state_ = State::kRequest;
    return {used, SocksSay{two(5, 0)}};
  }
  if (methods.contains(kUserPassword)) {
    state_ = State::kLogin;
    return {used, SocksSay{two(5, 2)}};
  }
  if (login_required_)
    return refuse_login(used, two(5, kNoMethod), "the client does not offer to log in");
  return refuse(used, two(5, kNoMethod),
                "the client offers only ways to log in that we do not know");
}

Step SocksHandshake::login(ByteView buffered) {
  if (buffered.front() != '\1') return refuse(0, two(1, 1), "this is no login of RFC 1929");
  ByteReader reader(buffered.substr(1));
  const ByteView user = reader.vector8();
  const ByteView password = reader.vector8();
  if (!reader.ok()) return need_more();
  return {3 + user.size() + password.size(), SocksLogin{std::string(user), std::string(password)}};
}

Step SocksHandshake::judge(bool accepted) {
  if (!accepted) return refuse_login(0, two(1, 1), "wrong user or password");
  state_ = State::kRequest;
  return {0, SocksSay{two(1, 0)}};
}

Step SocksHandshake::request5(ByteView buffered) {
  if (buffered.front() != '\5')
    return refuse5(0, SocksAnswer::kFailure, "this is no request of SOCKS5");
  ByteReader reader(buffered.substr(1));
  const unsigned command = reader.u8();
  reader.u8();  // reserved
  const unsigned kind = reader.u8();
  if (!reader.ok()) return need_more();
  ByteView host;
  switch (kind) {
    case 1:
      host = reader.bytes(4);
      break;
    case 3:
      host = reader.vector8();
      break;
    case 4:
      host = reader.bytes(16);
      break;
    default:
      return refuse5(0, SocksAnswer::kBadAddress, fmt::format("{} is no kind of address", kind));
  }
  const std::uint16_t port = reader.u16();
  if (!reader.ok()) return need_more();
  const std::size_t used = 6 + host.size() + (kind == 3 ? 1 : 0);
  if (command != kConnect) return refuse5(used, SocksAnswer::kBadCommand, unknown_command(command));
  const auto target = kind == 3 ? to_authority(host, port)
                                : to_authority(numeric(kind == 1 ? AF_INET : AF_INET6, host), port);
  if (!target) return refuse5(used, SocksAnswer::kFailure, target.error().message);
  return {used, SocksConnect{SocksVersion::k5, *target}};
}

Step SocksHandshake::request4(ByteView buffered) const {
  if (buffered.size() < kHead4) return need_more();
  ByteReader reader(buffered.substr(1));
  const unsigned command = reader.u8();
  const std::uint16_t port = reader.u16();
  const ByteView octets = reader.bytes(4);
  const ByteView rest = buffered.substr(kHead4);
  // 0.0.0.x announces a name behind the user: SOCKS4a.
  const bool named = octets.starts_with(ByteView("\0\0\0", 3)) && octets[3] != '\0';
  const std::size_t user_end = rest.find('\0');
  if (user_end > kMaxText4 && rest.size() > kMaxText4)
    return refuse4(0, "the user of SOCKS4 does not come to its end");
  if (user_end == ByteView::npos) return need_more();
  const ByteView after = rest.substr(user_end + 1);
  const std::size_t name_end = named ? after.find('\0') : 0;
  if (named && name_end > kMaxText4 && after.size() > kMaxText4)
    return refuse4(0, "the name in SOCKS4a does not come to its end");
  if (name_end == ByteView::npos) return need_more();
  const std::size_t used = kHead4 + user_end + 1 + (named ? name_end + 1 : 0);
  if (login_required_) {
    return refuse_login(used, socks_answer(SocksVersion::k4, SocksAnswer::kFailure),
                        "SOCKS4 knows no passwords; SOCKS5 does");
  }
  if (command != kConnect) return refuse4(used, unknown_command(command));
  const auto target = named ? to_authority(after.substr(0, name_end), port)
                            : to_authority(numeric(AF_INET, octets), port);
  if (!target) return refuse4(used, target.error().message);
  return {used, SocksConnect{SocksVersion::k4, *target}};
}

}  // namespace mitm::wire
