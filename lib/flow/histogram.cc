#include "lib/flow/histogram.h"

#include <algorithm>
#include <bit>

namespace mitm::flow {

void Histogram::add(std::uint64_t value) {
  // Values of kBits + 1 bits and less are their own bucket; of larger ones so many leading bits
  // count.
  const auto width = static_cast<std::uint64_t>(std::bit_width(value));
  const std::uint64_t exponent = std::max<std::uint64_t>(width, kBits + 1) - (kBits + 1);
  ++buckets_.at((exponent << kBits) + (value >> exponent));
  ++count_;
  least_ = std::min(least_, value);
  most_ = std::max(most_, value);
}

std::uint64_t Histogram::percentile(unsigned percent) const {
  if (count_ == 0) return 0;
  // Divided first, so that no count is too large.
  const std::uint64_t rank = count_ / 100 * percent + (count_ % 100 * percent + 99) / 100;
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets &&
         (seen += buckets_.at(bucket)) < std::max<std::uint64_t>(rank, 1)) {
    ++bucket;
  }
  const std::size_t exponent = bucket < (2U << kBits) ? 0 : (bucket >> kBits) - 1;
  const std::uint64_t low = (bucket - (exponent << kBits)) << exponent;
  const std::uint64_t middle = low + ((std::uint64_t{1} << exponent) >> 1U);
  return std::clamp(middle, least_, most_);
}

}  // namespace mitm::flow
