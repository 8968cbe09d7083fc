#include "lib/wire/socks_client.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

#include "lib/wire/byte_reader.h"

namespace mitm::wire {
namespace {

using Step = SocksClient::Step;

constexpr std::uint8_t kNoLogin = 0;
constexpr std::uint8_t kUserPassword = 2;
constexpr std::uint8_t kNoMethod = 0xff;

Step need_more() { return {0, SocksNeedMore{}}; }
Step failed(std::string reason) { return {0, SocksFailed{std::move(reason)}}; }

void add_text(Bytes& out, ByteView text) {
  out += static_cast<char>(text.size());
  out += text;
}

/// RFC 1928, section 6.
std::string reason_of(unsigned code) {
  constexpr std::array<std::string_view, 9> kReasons = {"",
                                                        "general failure",
                                                        "not allowed by its rules",
                                                        "network unreachable",
                                                        "host unreachable",
                                                        "connection refused",
                                                        "timed out",
                                                        "command not supported",
                                                        "kind of address not supported"};
  return code < kReasons.size() ? std::string(kReasons[code]) : fmt::format("failure {}", code);
}

}  // namespace

Bytes SocksClient::greeting() const {
  return login_ ? Bytes("\x05\x02\x00\x02", 4) : Bytes("\x05\x01\x00", 3);
}

Step SocksClient::next(ByteView buffered) {
  switch (state_) {
    case State::kMethod:
      return method(buffered);
    case State::kLogin:
      return login(buffered);
    case State::kAnswer:
      return answer(buffered);
  }
  return need_more();
}

Step SocksClient::method(ByteView buffered) {
  if (!buffered.empty() && buffered.front() != '\5') return failed("it does not speak SOCKS5");
  if (buffered.size() < 2) return need_more();
  const auto method = static_cast<std::uint8_t>(buffered[1]);
  if (method == kNoLogin) {
    state_ = State::kAnswer;
    return {2, SocksSay{request()}};
  }
  if (method == kUserPassword && login_) {
    state_ = State::kLogin;
    Bytes message = "\1";
    add_text(message, login_->user);
    add_text(message, login_->password);
    return {2, SocksSay{std::move(message)}};
  }
  if (method != kNoMethod) return failed("it answered the greeting with what was not offered");
  return failed(login_ ? "it takes no login by user and password" : "it wants a login");
}

Step SocksClient::login(ByteView buffered) {
  if (buffered.size() < 2) return need_more();
  if (buffered[1] != '\0') return failed("it refused the user or the password: the login is wrong");
  state_ = State::kAnswer;
  return {2, SocksSay{request()}};
}

Bytes SocksClient::request() const {
  Bytes message("\x05\x01\x00", 3);
  std::array<char, 16> octets{};
  if (::inet_pton(AF_INET, target_.host.c_str(), octets.data()) == 1) {
    message.append("\x01").append(octets.data(), 4);
  } else if (::inet_pton(AF_INET6, target_.host.c_str(), octets.data()) == 1) {
    message.append("\x04").append(octets.data(), 16);
  } else {
    message += '\3';
    add_text(message, target_.host);
  }
  message += static_cast<char>(target_.port >> 8);
  message += static_cast<char>(target_.port & 0xff);
  return message;
}

Step SocksClient::answer(ByteView buffered) {
  if (!buffered.empty() && buffered.front() != '\5')
    return failed("its answer is not one of SOCKS5");
  ByteReader reader(buffered);
  reader.u8();
  const unsigned code = reader.u8();
  if (reader.ok() && code != 0) return failed(reason_of(code));
  reader.u8();
  const unsigned kind = reader.u8();
  if (!reader.ok()) return need_more();
  if (kind != 1 && kind != 3 && kind != 4) return failed("its answer is not one of SOCKS5");
  const std::size_t host =
      kind == 3 ? reader.vector8().size() + 1 : reader.bytes(kind == 1 ? 4 : 16).size();
  reader.u16();
  if (!reader.ok()) return need_more();
  return {4 + host + 2, SocksMade{}};
}

}  // namespace mitm::wire
