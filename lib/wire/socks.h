#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/wire/target.h"

/// The server's side of SOCKS5 (RFC 1928, with the user and password of RFC 1929), and of SOCKS4
/// and 4a. Clients may send everything at once without waiting for the answers.
namespace mitm::wire {

enum class SocksVersion : std::uint8_t { k4 = 4, k5 = 5 };

/// Whether a connection that begins so is one of SOCKS. No HTTP request does.
constexpr bool begins_socks(char first) { return first == '\x04' || first == '\x05'; }

/// How a request for a connection is answered (RFC 1928, section 6). SOCKS4 knows only whether it
/// was granted.
enum class SocksAnswer : std::uint8_t {
  kGranted = 0,
  kFailure = 1,
  kNotAllowed = 2,
  kHostUnreachable = 4,
  kRefused = 5,
  kTimedOut = 6,  ///< "TTL expired"
  kBadCommand = 7,
  kBadAddress = 8,
};

/// The whole answer, with no bound address in it: clients of CONNECT have no use for that.
Bytes socks_answer(SocksVersion version, SocksAnswer answer);

/// So far it is the beginning of the message that is due.
struct SocksNeedMore {};
/// Send this and go on.
struct SocksSay {
  Bytes reply;
};
/// Somebody must judge this, and say so to SocksHandshake::judge().
struct SocksLogin {
  std::string user;
  std::string password;
};
/// A connection is wanted; answer with socks_answer() once it stands or cannot be had. What follows
/// belongs to it.
struct SocksConnect {
  SocksVersion version = SocksVersion::k5;
  Authority target;
};
/// Send this, if it is not empty, and close.
struct SocksRefuse {
  Bytes reply;
  std::string reason;
  bool for_login = false;  ///< for want of a login that is required, or of a right one
};

/// Reads a client's messages one after the other until one of the last two comes.
class SocksHandshake {
 public:
  struct Step {
    std::size_t used = 0;  ///< octets of the input that are done with
    std::variant<SocksNeedMore, SocksSay, SocksLogin, SocksConnect, SocksRefuse> what;
  };

  /// `login_required`: without user and password nobody goes on, which shuts SOCKS4 out. Where they
  /// are not required a client may offer any.
  explicit SocksHandshake(bool login_required) : login_required_(login_required) {}

  /// `buffered` is what has come and was not used yet.
  Step next(ByteView buffered);
  /// After SocksLogin, before next() is called again.
  Step judge(bool accepted);
  /// What comes next may hold a password.
  [[nodiscard]] bool awaits_login() const { return state_ == State::kLogin || login_offered_; }

 private:
  /// kGreeting ─▶ (kLogin ─▶) kRequest; SOCKS4 begins and ends with the request
  enum class State : std::uint8_t { kGreeting, kLogin, kRequest };

  Step greeting(ByteView buffered);
  static Step login(ByteView buffered);
  static Step request5(ByteView buffered);
  [[nodiscard]] Step request4(ByteView buffered) const;

  bool login_required_;
  State state_ = State::kGreeting;
  bool login_offered_ = false;  ///< who offers one may send it unasked
};

}  // namespace mitm::wire
