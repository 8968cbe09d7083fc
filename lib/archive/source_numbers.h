#pragma once

#include <bitset>
#include <cstdint>
#include <limits>
#include <unordered_map>

#include "lib/flow/record.h"

namespace mitm::archive {

/// Gives the runs in a stream of joined archives distinct source numbers. The first header keeps
/// its number; a later one whose number is taken gets the next free one, but for the next file of a
/// run that is known already. After 65,535 of them the last number is shared.
class SourceNumbers {
 public:
  /// A header record with the stored number `stored`; returns its number in the stream.
  std::uint16_t add(std::uint16_t stored, const flow::Header& header);
  /// Number in the stream of a record with the stored number `stored`. One that no header named
  /// gets a number as if one had.
  std::uint16_t of(std::uint16_t stored);
  /// An archive ended: what follows belongs to other headers.
  void end_archive() { numbers_.clear(); }

 private:
  struct Run {
    std::uint32_t file_number = 0;
    std::uint16_t number = 0;
  };

  std::uint16_t take(std::uint16_t wanted);

  std::unordered_map<std::uint16_t, std::uint16_t> numbers_;  // stored to presented
  std::unordered_map<std::uint64_t, Run> runs_;
  std::bitset<std::numeric_limits<std::uint16_t>::max() + 1> taken_;
  std::uint16_t next_ = 0;
};

}  // namespace mitm::archive
