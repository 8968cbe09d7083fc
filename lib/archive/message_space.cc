#include "lib/archive/message_space.h"

#include <cstring>

namespace mitm::archive {

void MessageSpace::reserve(std::size_t words) {
  builder_.reset();
  if (words_.size() < kTable + words) words_.resize(kTable + words);
}

capnp::MessageBuilder& MessageSpace::begin() {
  auto* const first = reinterpret_cast<capnp::word*>(words_.data() + kTable);
  return builder_.emplace(kj::arrayPtr(first, words_.size() - kTable),
                          capnp::AllocationStrategy::FIXED_SIZE);
}

std::optional<ByteView> MessageSpace::end(ByteView external) {
  const auto segments = builder_->getSegmentsForOutput();
  const std::size_t expected = external.empty() ? 1 : 2;
  if (segments.size() != expected) return std::nullopt;
  // As Cap'n Proto itself does, this takes the machine to be little-endian.
  std::uint32_t table[2 * kTable] = {static_cast<std::uint32_t>(expected - 1)};
  for (std::size_t i = 0; i < expected; ++i)
    table[i + 1] = static_cast<std::uint32_t>(segments[i].size());
  const std::size_t table_words = expected;  // with its padding
  char* const begin = reinterpret_cast<char*>(words_.data() + kTable - table_words);
  std::memcpy(begin, table, table_words * sizeof(capnp::word));
  return ByteView(begin, (table_words + segments[0].size()) * sizeof(capnp::word));
}

}  // namespace mitm::archive
