#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/wire/basic_auth.h"
#include "lib/wire/http1.h"
#include "lib/wire/target.h"

/// Asking an HTTP proxy for a tunnel (RFC 9110, section 9.3.6).
namespace mitm::wire {

/// The whole CONNECT request.
Bytes connect_request(const Authority& target, const std::optional<BasicLogin>& login);

struct TunnelNeedsMore {};
/// What follows the first `length` octets of the answer is the tunnel's.
struct TunnelMade {
  std::size_t length = 0;
};
struct TunnelRefused {
  /// "407 Proxy Authentication Required", what else it says in text, or what is no answer in HTTP.
  std::string reason;
};

/// Reads the answer.
class ConnectAnswer {
 public:
  using Decision = std::variant<TunnelNeedsMore, TunnelMade, TunnelRefused>;

  ConnectAnswer();
  /// `piece` follows what was given before.
  Decision feed(ByteView piece);

 private:
  std::string explanation(bool is_text);

  Http1Decoder decoder_;
  std::size_t length_ = 0;
};

/// "407 Proxy Authentication Required", with what a login is asked for in, if that is said.
std::string describe_refusal(const ResponseHead& head);

}  // namespace mitm::wire
