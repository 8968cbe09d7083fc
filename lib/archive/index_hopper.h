#pragma once

#include <cstdint>
#include <optional>

#include "lib/archive/frame_walker.h"
#include "lib/archive/random_file.h"
#include "lib/archive/summary.h"
#include "lib/archive/summary_codec.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm::archive {

/// Goes over the indexes of a file from its beginning, as long as each data frame has one. Needs no
/// directory, and of data frames reads only where they end. One thread; the file must outlive it.
/// Internal to this folder.
class IndexHopper {
 public:
  explicit IndexHopper(const RandomFile& file) : file_(file) {}

  /// The next index, whose rows decoder() then has. nullopt where there is none behind the next
  /// data frame: at the end of the file, or where that is cut. kCorrupt where the file is damaged
  /// or not laid out so.
  Result<std::optional<FrameFacts>> next();
  [[nodiscard]] const SummaryDecoder& decoder() const { return decoder_; }
  /// Where the index begins, and so its data frame ends.
  [[nodiscard]] std::uint64_t index_at() const { return index_at_; }
  /// Where its archive begins, in a file of several.
  [[nodiscard]] std::uint64_t base() const { return base_; }

 private:
  enum class Hop : std::uint8_t { kDone, kIndex, kCut };
  Status look();
  Result<Hop> hop();
  Result<Hop> hop_data_frame();
  Result<Hop> hop_skippable();
  Result<Hop> take_summary(std::uint64_t size);
  [[nodiscard]] ByteView window() const;
  [[nodiscard]] std::unexpected<Error> unfit() const;

  const RandomFile& file_;
  SummaryDecoder decoder_;
  std::uint64_t position_ = 0;  // where a frame begins, or a part of one
  Bytes window_;                // what was read last
  std::uint64_t window_at_ = 0;
  std::optional<std::uint64_t> data_frame_;  // that ended last and has no index yet
  FrameFacts facts_;
  std::uint64_t index_at_ = 0;
  std::uint64_t base_ = 0;
};

}  // namespace mitm::archive
