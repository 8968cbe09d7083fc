#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"

namespace mitm::archive {

/// What the first four octets of a frame say.
enum class Magic : std::uint8_t { kNone, kData, kSkippable };
/// kNone for fewer than four octets.
Magic magic_of(ByteView bytes);

/// What a skippable frame holds, of which `bytes` holds at least the first four octets.
bool is_summary(ByteView bytes);
bool is_seek_table(ByteView bytes);
/// Whether a whole frame ends as a seek table does.
bool ends_seek_table(ByteView frame);

/// Magic and length of a skippable frame (RFC 8878, section 3.1.2).
inline constexpr std::size_t kSkippableHeader = 8;
/// Length of a skippable frame with its header, which `bytes` holds in full.
std::uint64_t skippable_size(ByteView bytes);

/// Finds the end of a zstd frame (RFC 8878, section 3.1.1) by hopping over its blocks, without
/// decompressing, and refuses what no writer of ours makes: large windows, dictionaries, no
/// checksum.
class FrameWalker {
 public:
  enum class State : std::uint8_t {
    kMore,      ///< the octets seen are a good beginning
    kPart,      ///< step() only: one part more, which ends at position()
    kComplete,  ///< the frame ends at position()
    kBroken,    ///< no frame of ours goes on like this
  };

  /// As far as `raw` goes, which begins where the frame does and never gets shorter.
  State walk(ByteView raw);
  /// The same over one part only: the header, a block or the checksum.
  State step(ByteView raw) { return step_over(raw.substr(position_), raw.size() - position_); }
  /// The same without the octets of blocks: `next` are those from position() on, of which it needs
  /// at most kPartHeader, and `left` is how many there are.
  State step_over(ByteView next, std::uint64_t left);
  static constexpr std::size_t kPartHeader = 14;
  /// End of the last part seen in full.
  [[nodiscard]] std::size_t position() const { return position_; }
  /// How many parts were looked at.
  [[nodiscard]] std::size_t parts() const { return parts_; }

 private:
  State header(ByteView next);
  State block(ByteView next, std::uint64_t left);
  State checksum(std::uint64_t left);

  std::size_t position_ = 0;
  std::size_t parts_ = 0;
  std::size_t max_block_ = 0;
  bool after_last_block_ = false;
  bool complete_ = false;
};

}  // namespace mitm::archive
