#pragma once

#include <cerrno>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace mitm {

/// What kind of failure it was, for callers that branch on it. The message is for people.
enum class Code : std::uint8_t {
  kUsage,        ///< the caller (or the person at the shell) asked for something impossible
  kIo,           ///< the operating system refused: disk full, no permission, port in use
  kPeer,         ///< the other end of a connection went away or could not be reached
  kTls,          ///< a handshake, certificate or record failed
  kProtocol,     ///< the peer sent what its protocol does not allow
  kCorrupt,      ///< a file does not hold what it should
  kLimit,        ///< a bound of ours was reached
  kUnsupported,  ///< well formed, but beyond what this version does
  kCancelled,    ///< somebody asked us to stop
  kAgain,        ///< nothing has come yet and more may: wait, and ask again
};

/// A failure as a value. `message` reads "context: cause" without a capital letter or a full stop;
/// `hint` (may be empty) tells the user what to do about it.
struct [[nodiscard]] Error {
  Code code = Code::kIo;
  std::string message;
  std::string hint = {};

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Status = Result<void>;

/// `return fail(Code::kCorrupt, "…");` in a function that returns a Result or a Status.
std::unexpected<Error> fail(Code code, std::string message, std::string hint = {});

/// The same for a failed system call: "<what>: <text of err>".
std::unexpected<Error> fail_errno(std::string_view what, int err = errno);

}  // namespace mitm

/// Hands the error of `expression` (a Result or Status) to the caller.
#define MITM_TRY(expression)                                \
  do {                                                      \
    if (auto mitm_try_ = (expression); !mitm_try_)          \
      return std::unexpected(std::move(mitm_try_).error()); \
  } while (false)
