#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"

/// Numbers as zstd's formats and ours store them.
namespace mitm::archive {

/// Of at most 8 octets.
inline std::uint64_t little_endian(ByteView octets) {
  std::uint64_t value = 0;
  for (std::size_t i = octets.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(octets[i]);
  return value;
}

/// The lowest `size` octets of `value`.
inline Bytes to_little_endian(std::uint64_t value, std::size_t size) {
  Bytes octets(size, '\0');
  for (char& octet : octets) {
    octet = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  return octets;
}

}  // namespace mitm::archive
