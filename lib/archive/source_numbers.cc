#include "lib/archive/source_numbers.h"

#include <algorithm>

namespace mitm::archive {

std::uint16_t SourceNumbers::add(std::uint16_t stored, const flow::Header& header) {
  const auto [run, is_new] = runs_.try_emplace(header.run_id);
  if (is_new || header.file_number <= run->second.file_number) run->second.number = take(stored);
  run->second.file_number = header.file_number;
  return numbers_[stored] = run->second.number;
}

std::uint16_t SourceNumbers::of(std::uint16_t stored) {
  const auto [entry, is_new] = numbers_.try_emplace(stored);
  if (is_new) entry->second = take(stored);
  return entry->second;
}

std::uint16_t SourceNumbers::take(std::uint16_t wanted) {
  const std::uint16_t number = taken_[wanted] ? next_ : wanted;
  taken_.set(number);
  constexpr std::uint16_t kLast = std::numeric_limits<std::uint16_t>::max();
  if (number >= next_) next_ = number == kLast ? kLast : static_cast<std::uint16_t>(number + 1);
  return number;
}

}  // namespace mitm::archive
