#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"

namespace mitm::wire {

/// A user and a password as Basic authentication carries them (RFC 7617). Neither is necessarily
/// text.
struct BasicLogin {
  std::string user;  ///< without ':'
  std::string password;

  bool operator==(const BasicLogin&) const = default;
};

/// What the value of an Authorization or Proxy-Authorization field says; nothing when it is of
/// another scheme or malformed.
std::optional<BasicLogin> parse_basic(ByteView field_value);
/// The other way round.
Bytes format_basic(const BasicLogin& login);

/// Overwrites the values of Proxy-Authorization fields with asterisks, in bytes that come piece by
/// piece and need not be a well-formed head: what is for a proxy alone is no part of a recording.
class LoginMask {
 public:
  /// `piece` follows what was given before.
  void apply(Bytes& piece);

 private:
  enum class State : std::uint8_t { kName, kOther, kValue, kValueEnd };
  void step(char& c);
  void step_after_name(char& c);

  State state_ = State::kName;
  /// Octets of the field's name at the beginning of this line, one more where a blank follows it.
  std::size_t matched_ = 0;
};

/// What an oddity quotes of a request's head, or nothing where that may be, or be a part of, what
/// LoginMask overwrites. `name` is the oddity's.
std::string detail_without_login(std::string_view name, const std::string& detail);

}  // namespace mitm::wire
