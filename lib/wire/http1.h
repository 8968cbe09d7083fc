#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/wire/http1_head.h"

/// HTTP/1.0 and 1.1 (RFC 9112), one direction of one connection, as events. No I/O, no clock.
///
/// The decoder watches bytes that somebody else forwards. It therefore loses none: every event that
/// stands for input carries it as `wire`, and the concatenation of all `wire` equals what was fed.
/// What it cannot decode it hands out as Unparsed. What it can decode but other parsers may read
/// differently is announced by an Oddity with `framing` set, just before the event it is about.
namespace mitm::wire {

enum class Role : std::uint8_t { kRequest, kResponse };

/// How the end of a message's body is found (RFC 9112, section 6.3).
enum class BodyFraming : std::uint8_t { kNone, kLength, kChunked, kUntilClose };

struct Http1Limits {
  std::size_t max_head = 256 * 1024;       ///< octets of a head, and of a trailer section
  std::size_t max_chunk_line = 16 * 1024;  ///< octets of a chunk's size and extensions
  std::size_t max_held = 64 * 1024;        ///< octets kept while Paused
  std::size_t max_outstanding = 1024;      ///< requests that wait for their response
};

/// All input was used; feed more.
struct NeedData {};

/// The request that just ended may turn the connection into something else (CONNECT, Upgrade). What
/// follows is held until resume(); next() says Paused until then.
struct Paused {};

/// Something unusual about the event that comes next. Reported at most once per name and message.
struct Oddity {
  std::string_view name;  ///< from the table in lib/wire/oddities.h; static storage
  std::string detail;     ///< the offending bytes, shortened and escaped; may be empty
  bool framing =
      false;  ///< parsers disagree about it: nothing may be routed or resent by this message
};

/// `raw` is the head from its first octet through the blank line; all other views point into it.
struct RequestHead {
  ByteView wire;  ///< `raw`, and before it any blank lines that were skipped
  ByteView raw;
  ByteView method;
  ByteView target;                ///< request-target as received
  ByteView version;               ///< "HTTP/1.1"
  std::span<const Field> fields;  ///< valid until the next call of next(), unlike the views
  BodyFraming framing = BodyFraming::kNone;
  std::uint64_t length = 0;    ///< with BodyFraming::kLength
  bool keep_alive = false;     ///< another request may follow
  bool upgrade_asked = false;  ///< Upgrade, and Connection: upgrade
};

/// Also interim ones (100, 103 and so on), which are followed by neither body nor MessageEnd.
struct ResponseHead {
  ByteView wire;  ///< `raw`, and before it any blank lines that were skipped
  ByteView raw;
  ByteView version;
  std::uint16_t status = 0;
  ByteView reason;
  std::span<const Field> fields;  ///< valid until the next call of next(), unlike the views
  BodyFraming framing = BodyFraming::kNone;
  std::uint64_t length = 0;
  bool keep_alive = false;  ///< another response may follow

  [[nodiscard]] bool is_interim() const { return status >= 100 && status < 200 && status != 101; }
};

/// A piece of a body. `data` is transfer-decoded and lies within `wire`; it is empty where only the
/// framing of chunks was consumed.
struct BodyData {
  ByteView data;
  ByteView wire;
};

/// Sent only when there are trailer fields; the bare end of a chunked body is an empty BodyData.
struct Trailers {
  ByteView raw;  ///< the field lines, without the blank line
  ByteView wire;
};

/// The message is over. Not complete: the connection ended first.
struct MessageEnd {
  bool complete = true;
  ByteView wire;  ///< what came of a chunk's framing or a trailer section that was cut off
};

/// Bytes that are not HTTP/1 messages: after a final message, after a switch of protocols, or after
/// the decoder gave up.
struct Unparsed {
  ByteView wire;
};

/// The decoder gave up; the rest of the connection comes as Unparsed, beginning with the bytes of
/// the present message that no event accounted for.
struct Failed {
  std::string reason;
  bool head_too_large = false;  ///< a head exceeds Http1Limits::max_head
};

using Event = std::variant<NeedData, Paused, Oddity, RequestHead, ResponseHead, BodyData, Trailers,
                           MessageEnd, Unparsed, Failed>;

/// What must be known of a request to read its response.
struct ResponseContext {
  ByteView method;  ///< not kept
  bool upgrade_asked = false;
};

/// Feed, then call next() until it answers NeedData or Paused, then feed again. Views in events are
/// into the input or into the decoder and valid until the next feed(), feed_eof() or resume(); the
/// input itself must live until NeedData or Paused was answered. Not thread-safe, copies nothing
/// but heads and chunk lines that are spread over several inputs.
class Http1Decoder {
 public:
  explicit Http1Decoder(Role role, const Http1Limits& limits = {});
  Http1Decoder(Http1Decoder&&) noexcept;
  Http1Decoder& operator=(Http1Decoder&&) noexcept;
  ~Http1Decoder();

  void feed(ByteView input);
  /// No more input. `clean`: the peer ended the connection on purpose (FIN, TLS close_notify); a
  /// body that lasts until the close is complete only then.
  void feed_eof(bool clean = true);
  Event next();
  /// After NeedData: a head has begun and not ended. Blank lines before it are no beginning.
  [[nodiscard]] bool in_head() const;
  /// After NeedData: a head, a chunk's framing or a trailer section has begun and not ended.
  [[nodiscard]] bool in_section() const;
  /// After NeedData: what was fed ends where a message ends, by its own framing.
  [[nodiscard]] bool between_messages() const;
  /// Decodes no more, for a reason that is the caller's. What was not handed out, and all that is
  /// fed from now on, comes as Unparsed.
  void give_up(std::string reason);

  /// Role::kRequest, while Paused. `switched`: the server agreed, all further bytes are Unparsed.
  /// Otherwise the held bytes are decoded as requests.
  void resume(bool switched);

  /// Role::kResponse: one call per RequestHead, in order, before its response is fed.
  void expect(const ResponseContext& context);

 private:
  class Machine;
  std::unique_ptr<Machine> machine_;
};

}  // namespace mitm::wire
