#pragma once

#include <cstddef>

#include "lib/base/bytes.h"

namespace mitm {

/// One character of UTF-8 (RFC 3629). `size` 0: the bytes do not begin a valid one.
struct Utf8Character {
  char32_t code = 0;
  std::size_t size = 0;
};

/// The character at the start of `text`, which is not empty.
Utf8Character decode_utf8(ByteView text);

/// Whether bytes that come in pieces, cut anywhere, are UTF-8 as a whole.
class Utf8Check {
 public:
  void feed(ByteView piece);
  /// Nothing invalid so far; the last character may still be incomplete.
  [[nodiscard]] bool is_valid_so_far() const { return valid_; }
  [[nodiscard]] bool is_valid() const { return valid_ && pending_.empty(); }

 private:
  bool valid_ = true;
  Bytes pending_;  // at most three octets of an incomplete character
};

bool is_utf8(ByteView text);

/// How many octets at the end of `text` (at most three) begin a character that is not all there.
std::size_t incomplete_utf8_tail(ByteView text);

}  // namespace mitm
