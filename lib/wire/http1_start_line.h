#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/wire/oddity_log.h"

/// First lines of messages (RFC 9112, sections 3 and 4), strictly: what is not exactly right is
/// reported, what cannot be read at all fails. All views are into the line.
namespace mitm::wire {

struct RequestLine {
  ByteView method;
  ByteView target;
  ByteView version;
};
Result<RequestLine> parse_request_line(ByteView line, OddityLog& log);

struct StatusLine {
  ByteView version;
  std::uint16_t status = 0;
  ByteView reason;
};
Result<StatusLine> parse_status_line(ByteView line, OddityLog& log);

/// Whether an unfinished first line can still become one; so that a protocol that is not HTTP is
/// noticed before it sends a line feed.
bool can_begin_message(Role role, ByteView beginning);

/// Both parse functions accept no major version but 1; later minor versions are read as 1.1.
inline bool is_http10(ByteView version) { return version == "HTTP/1.0"; }

}  // namespace mitm::wire
