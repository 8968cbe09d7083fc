#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace mitm::flow {

/// How often which sizes came, in buckets that are 1/64 as wide as what they hold, so that memory
/// does not depend on how much comes. Below 128 exact.
class Histogram {
 public:
  /// No quantile is further from what was counted than this part of it.
  static constexpr double kRelativeError = 1.0 / 128;

  void add(std::uint64_t value);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Exact; 0 when nothing was counted.
  [[nodiscard]] std::uint64_t least() const { return count_ == 0 ? 0 : least_; }
  [[nodiscard]] std::uint64_t most() const { return most_; }
  /// The smallest value that at least `percent` of those counted do not exceed; 0 when nothing was
  /// counted.
  [[nodiscard]] std::uint64_t percentile(unsigned percent) const;

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::size_t kBuckets = (64 - kBits + 1) << kBits;

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t least_ = UINT64_MAX;
  std::uint64_t most_ = 0;
};

}  // namespace mitm::flow
