#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/wire/http1_lines.h"
#include "lib/wire/oddity_log.h"

/// The strict look at field lines (RFC 9112, section 5; RFC 9110, section 5): what they say about
/// framing and routing, and everything about them that parsers are known to read differently.
namespace mitm::wire {

/// Everything that was said in Content-Length fields (RFC 9110, section 8.6).
struct ContentLength {
  bool present = false;
  bool invalid = false;      ///< some value is not a number below 2^63
  bool conflicting = false;  ///< two values differ
  std::uint64_t value = 0;
};

struct FieldFacts {
  /// Nothing but CRLF, tokens and clean values, and at most one length: llhttp may see it as it is.
  bool plain = true;
  ContentLength content_length;
  bool transfer_encoding = false;
  unsigned hosts = 0;
  ByteView host;  ///< the last one's value
};

/// Reads a head's field section through its blank line, or as far as it goes, into `fields`.
FieldFacts read_head_fields(ByteView section, std::vector<Field>& fields, OddityLog& log);

/// The same for a trailer section (RFC 9112, section 7.1.2), in which no field may mean anything.
/// Returns whether it is plain.
bool read_trailer_fields(ByteView section, std::vector<Field>& fields, OddityLog& log);

/// Reports what is wrong with a line's end and its octets; false when it is not plain.
bool check_line(const Line& line, OddityLog& log);

}  // namespace mitm::wire
