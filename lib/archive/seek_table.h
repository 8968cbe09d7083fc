#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "lib/archive/random_file.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// The table of zstd's seekable format 0.1.0
/// (contrib/seekable_format/zstd_seekable_compression_format.md of zstd), which closes an archive:
/// the sizes of all frames before it, skippable ones with an empty content. Without checksums: data
/// frames have their own.
namespace mitm::archive {

/// Collects the sizes of the frames that are written. 8 octets for each.
class SeekTable {
 public:
  void add(std::uint64_t frame_size, std::uint64_t content_size);
  /// A table of so many frames, as of 2 TiB of content, is not worth its memory any more: the
  /// archive is then read from its beginning.
  [[nodiscard]] bool is_full() const { return frames_.size() >= kMaxFrames; }
  /// There is room for the frames with which an archive ends: data, index, two directories.
  [[nodiscard]] bool has_room_to_end() const { return frames_.size() + 4 <= kMaxFrames; }
  /// Octets of the frame of the largest table.
  static constexpr std::uint64_t kMaxSize = 8 + 9 + 8 * (4 * 1024 * 1024);
  /// The whole skippable frame.
  [[nodiscard]] Bytes encode() const;

 private:
  static constexpr std::size_t kMaxFrames = 4 * 1024 * 1024;

  std::vector<std::pair<std::uint32_t, std::uint32_t>> frames_;
};

/// What a table at the end of a part of a file says.
struct SeekTableFacts {
  std::uint64_t begin = 0;        ///< where its frame begins
  std::uint64_t base = 0;         ///< where the first of its frames does
  std::uint64_t data_frames = 0;  ///< those that are not empty
  std::uint64_t last_frame = 0;   ///< where the frame before the table begins
};

/// nullopt when no table, or none that can be right, ends at `end`.
Result<std::optional<SeekTableFacts>> read_seek_table(const RandomFile& file, std::uint64_t end);

}  // namespace mitm::archive
