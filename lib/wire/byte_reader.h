#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"

namespace mitm::wire {

/// Reads big-endian numbers and length-prefixed vectors. Reading past the end yields zeros and
/// empty views and makes ok() false for good, so that a whole structure can be read before one
/// check.
class ByteReader {
 public:
  explicit ByteReader(ByteView bytes) : rest_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool empty() const { return rest_.empty(); }

  ByteView bytes(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  ByteView vector8() { return bytes(u8()); }
  ByteView vector16() { return bytes(u16()); }

 private:
  std::uint32_t number(std::size_t octets) {
    std::uint32_t value = 0;
    for (const char c : bytes(octets)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  ByteView rest_;
  bool ok_ = true;
};

}  // namespace mitm::wire
