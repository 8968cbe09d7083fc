#pragma once

#include <cstdint>

#include "lib/archive/index_builder.h"
#include "lib/archive/seek_table.h"
#include "lib/archive/summary_codec.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// A sink that knows how much went through it.
class CountingSink final : public ByteSink {
 public:
  explicit CountingSink(ByteSink& sink) : sink_(sink) {}
  Status write(ByteView bytes) override {
    position_ += bytes.size();
    return sink_.write(bytes);
  }
  Status write_pieces(std::span<const ByteView> pieces) override {
    for (const ByteView piece : pieces) position_ += piece.size();
    return sink_.write_pieces(pieces);
  }
  Status sync() override { return sink_.sync(); }
  Status close() override { return sink_.close(); }
  /// Octets since the beginning.
  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  ByteSink& sink_;
  std::uint64_t position_ = 0;
};

/// Writes the summary frames of an archive between and after its data frames. Holds no more than
/// the rows of one frame, one directory, and 8 octets for each frame. One thread; the sink must
/// outlive it.
class SummaryWriter {
 public:
  explicit SummaryWriter(CountingSink& sink) : sink_(sink) {}

  /// `record` goes into the data frame that is open or will be opened next.
  void add(const flow::Record& record) { builder_.add(record, frame_begin_); }
  void add_chain(ByteView id) { builder_.add_chain(id, frame_begin_); }
  void forget_chains() { builder_.forget_chains(); }
  /// After the last record but the archive's end: flows that have not ended get their rows.
  void finish_flows() { builder_.finish(); }
  /// More rows wait than one index may hold: a further data frame is needed before the last.
  [[nodiscard]] bool is_overfull() const { return builder_.is_overfull(); }
  /// False when finish() will have nothing to write, because there are too many frames.
  [[nodiscard]] bool will_finish() const { return finishes_ && seek_table_.has_room_to_end(); }
  /// The data frame had better be closed.
  [[nodiscard]] bool is_full() const { return builder_.is_full(); }

  /// A data frame with so much content was closed: writes its index.
  Status end_frame(std::uint64_t content_size);
  /// After the last data frame: writes what leads to the indexes.
  Status finish();

 private:
  void note_index(const Index& index);
  Status write_directory();
  Status write(ByteView frame);
  void note_frame(std::uint64_t frame_size, std::uint64_t content_size);

  CountingSink& sink_;
  bool finishes_ = true;
  IndexBuilder builder_;
  SummaryEncoder encoder_;
  SeekTable seek_table_;
  Directory directory_;  // its entries hold where the index is until it is written
  std::uint64_t last_directory_ = 0;
  bool has_directory_ = false;
  std::uint64_t frame_begin_ = 0;
};

}  // namespace mitm::archive
