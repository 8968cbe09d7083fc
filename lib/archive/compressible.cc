#include "lib/archive/compressible.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace mitm::archive {
namespace {

constexpr std::size_t kEnough = 1024;
constexpr std::size_t kSlices = 8;
constexpr std::size_t kSlice = 128;
constexpr std::size_t kValues = 256;

struct Histogram {
  std::array<std::uint32_t, kValues> counts{};
  std::uint64_t total = 0;

  void add(ByteView octets) {
    for (const char octet : octets) ++counts[static_cast<unsigned char>(octet)];
    total += octets.size();
  }

  /// Pairs of equal octets among all pairs, as a multiple of what even distribution gives. Its
  /// logarithm is the collision entropy's distance to 8 bits; unlike Shannon's, it needs no
  /// correction for a small sample.
  [[nodiscard]] double collisions() const {
    std::uint64_t equal = 0;
    for (const std::uint64_t count : counts)
      equal += count * (count - std::min<std::uint64_t>(count, 1));
    return static_cast<double>(equal) * kValues / static_cast<double>(total * (total - 1));
  }
};

}  // namespace

bool is_compressible(ByteView content) {
  if (content.size() < kEnough) return true;
  constexpr double kUneven = 1.75;  // 0.8 of 8 bits
  Histogram sample;
  if (content.size() <= kSlices * kSlice) {
    sample.add(content);
  } else {
    const std::size_t stride = (content.size() - kSlice) / (kSlices - 1);
    for (std::size_t i = 0; i < kSlices; ++i) sample.add(content.substr(i * stride, kSlice));
  }
  return sample.collisions() > kUneven;
}

}  // namespace mitm::archive
