#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/wire/basic_auth.h"
#include "lib/wire/socks.h"
#include "lib/wire/target.h"

/// The client's side of SOCKS5 (RFC 1928, RFC 1929): asks for a connection to a target, whose name
/// the proxy resolves.
namespace mitm::wire {

/// What follows belongs to the connection.
struct SocksMade {};
/// No connection; close.
struct SocksFailed {
  std::string reason;
};

class SocksClient {
 public:
  /// How far the proxy's answers have come.
  struct Step {
    std::size_t used = 0;  ///< octets of the input that are done with
    std::variant<SocksNeedMore, SocksSay, SocksMade, SocksFailed> what;
  };

  /// User and password have at most 255 octets each.
  SocksClient(Authority target, std::optional<BasicLogin> login)
      : target_(std::move(target)), login_(std::move(login)) {}

  /// What to send first.
  [[nodiscard]] Bytes greeting() const;
  /// `buffered` is what has come and was not used yet.
  Step next(ByteView buffered);

 private:
  /// kMethod ─▶ (kLogin ─▶) kAnswer
  enum class State : std::uint8_t { kMethod, kLogin, kAnswer };

  Step method(ByteView buffered);
  Step login(ByteView buffered);
  static Step answer(ByteView buffered);
  [[nodiscard]] Bytes request() const;

  Authority target_;
  std::optional<BasicLogin> login_;
  State state_ = State::kMethod;
};

}  // namespace mitm::wire
