#pragma once

#include <string>

#include "lib/base/bytes.h"

namespace mitm::formats {

/// Appends what stands between the quotes of a JSON string (RFC 8259, section 7). `text` is UTF-8.
/// More is escaped than must be: what is not safe to show (lib/base/display.h), so that the line
/// may be shown on a terminal as it is.
void append_json_escaped(std::string& out, ByteView text);

/// RFC 4648, section 4, of bytes that come in pieces.
class Base64Encoder {
 public:
  void append(std::string& out, ByteView piece);
  /// The last group, with its padding.
  void finish(std::string& out);

 private:
  Bytes group_;  // fewer than three octets
};

}  // namespace mitm::formats
