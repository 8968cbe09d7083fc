#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/net/handles.h"
#include "lib/net/loop.h"
#include "lib/tls/handles.h"

namespace mitm::net {

class Stream;

/// More output than this waiting on one side, and whoever produces it should pause.
inline constexpr std::size_t kHighMark = 256 * 1024;
/// At this much it should go on.
inline constexpr std::size_t kLowMark = kHighMark / 2;

/// Why nothing is read from a stream. Reading goes on when no reason is left.
enum class Pause : std::uint8_t {
  kPeer = 1,       ///< the other side takes no more for now
  kRecorder = 2,   ///< what was read cannot be recorded yet
  kUndecided = 4,  ///< nobody knows yet what to do with it
};

/// How a stream ended against our will.
struct StreamError {
  Error error;
  std::optional<int> alert;  ///< the TLS alert that the peer sent (RFC 8446, section 6)
};

/// What happens on a stream. Called from the loop, never from within a call to the stream.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;
  /// The TLS handshake is done.
  virtual void on_handshake(Stream& stream) = 0;
  /// There is more in input(). Take it or pause.
  virtual void on_input(Stream& stream) = 0;
  /// Octets were written and output() is at kLowMark or below, or the half-close that finish()
  /// asked for has been done.
  virtual void on_output_low(Stream& stream) = 0;
  /// The peer sends no more; input() is complete. With TLS `clean` says whether a close_notify
  /// (RFC 8446, section 6.1) told so. Without, nothing but on_output_closed() makes it false: the
  /// end may then have been a reset. Writing goes on.
  virtual void on_end(Stream& stream, bool clean) = 0;
  /// The peer reads no more. What was in output() is gone. Reading goes on.
  virtual void on_output_closed(Stream& stream) = 0;
  /// Nothing more can be read or written, and nothing else is called any more. Failed handshakes do
  /// not wait until the stream is resumed.
  virtual void on_error(Stream& stream, StreamError error) = 0;
};

enum class TlsRole : std::uint8_t { kAccepting, kConnecting };

/// One TCP connection, with or without TLS. Bytes are taken from input() and put into output();
/// moving whole chains from one stream to another copies nothing.
class Stream : public Retirable {
 public:
  virtual void set_handler(StreamHandler& handler) = 0;
  /// For a stream that is about to be destroyed: calls no handler any more.
  virtual void silence() = 0;
  [[nodiscard]] virtual evbuffer* input() = 0;
  [[nodiscard]] virtual evbuffer* output() = 0;

  /// Octets that left output() and that the peer's kernel has not acknowledged (tcp(7), TIOCOUTQ).
  [[nodiscard]] virtual std::size_t unacknowledged() const = 0;

  /// Octets read and written so far.
  [[nodiscard]] virtual std::uint64_t moved() const = 0;

  virtual void pause(Pause reason) = 0;
  virtual void resume(Pause reason) = 0;

  /// How the peer's sending ended, if it has.
  [[nodiscard]] virtual std::optional<bool> ended_clean() const = 0;

  /// Half-close once output() is empty. With `clean` TLS says close_notify first.
  virtual void finish(bool clean) = 0;
  [[nodiscard]] virtual bool finished() const = 0;  ///< the half-close has been done
  /// Makes the destructor reset the connection, so that the peer cannot take it for a proper end.
  virtual void abort() = 0;

  /// nullptr without TLS; for lib/tls to look at.
  [[nodiscard]] virtual ssl_st* ssl() const = 0;
  struct Detached {
    Fd fd;
    tls::SslPtr ssl;  ///< on it; null without TLS
    Bytes unread;     ///< what was read but not taken
  };
  /// Gives the connection away. Requires: the handshake is done, output() empty.
  virtual Detached detach() = 0;
};

/// `fd` is connected and non-blocking. The handler must outlive the stream or be replaced.
std::unique_ptr<Stream> make_stream(Loop& loop, Fd fd, StreamHandler& handler);
/// `ssl`, or the lowest layer below it, has its BIOs on `fd`. The handshake begins at once.
std::unique_ptr<Stream> make_tls_stream(Loop& loop, Fd fd, tls::SslPtr ssl, TlsRole role,
                                        StreamHandler& handler);

}  // namespace mitm::net
