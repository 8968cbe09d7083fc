#pragma once

#include <optional>
#include <span>
#include <vector>

#include "lib/base/bytes.h"

/// Reading the raw bytes of an HTTP/1 head or trailer section that was received, or stored long
/// ago. Lenient: nothing here fails, whatever the bytes. The strict judgement is Http1Decoder's.
namespace mitm::wire {

/// A field line. The value is without surrounding white space; where it was folded over several
/// lines (RFC 9112, section 5.2), the line breaks are still in it.
struct Field {
  ByteView name;
  ByteView value;

  bool operator==(const Field&) const = default;
};

/// The first line, without its end.
ByteView start_line(ByteView raw_head);

/// What follows the first line: the field lines and the blank line, if there is one.
ByteView field_section(ByteView raw_head);

/// All field lines in order. A line without a colon is a name without a value. Views into
/// `section`.
std::vector<Field> parse_fields(ByteView section);

/// The value of the first field of this name, compared without regard to ASCII case.
std::optional<ByteView> find_field(ByteView section, ByteView name);

/// The same among fields that are parsed already.
std::optional<ByteView> find_field(std::span<const Field> fields, ByteView name);

/// Whether repeating a request of this method does what doing it once does (RFC 9110,
/// section 9.2.2).
bool is_idempotent(ByteView method);

}  // namespace mitm::wire
