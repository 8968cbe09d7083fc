#include "lib/archive/summary_writer.h"

#include <algorithm>

#include "lib/archive/format.h"

namespace mitm::archive {

void SummaryWriter::note_frame(std::uint64_t frame_size, std::uint64_t content_size) {
  finishes_ = finishes_ && !seek_table_.is_full();
  if (finishes_) seek_table_.add(frame_size, content_size);
}

Status SummaryWriter::write(ByteView frame) {
  MITM_TRY(sink_.write(frame));
  note_frame(frame.size(), 0);
  return {};
}

Status SummaryWriter::end_frame(std::uint64_t content_size) {
  const std::uint64_t frame_size = sink_.position() - frame_begin_;
  note_frame(frame_size, content_size);
  const Index index = builder_.take(frame_begin_, frame_size, content_size);
  const auto frame = encoder_.encode(index);
  if (!frame) return std::unexpected(frame.error());
  note_index(index);
  MITM_TRY(write(*frame));
  if (directory_.entries.size() == kDirectoryEntries) MITM_TRY(write_directory());
  frame_begin_ = sink_.position();
  return {};
}

void SummaryWriter::note_index(const Index& index) {
  Directory::Entry entry{.index = sink_.position(),
                         .rows = static_cast<std::uint32_t>(index.rows.size()),
                         .first_time = index.frame.first_time,
                         .last_time = index.frame.last_time};
  if (!index.rows.empty()) {
    const auto by_id = [](const FlowRow& row) { return row.flow.id; };
    const auto [lowest, highest] = std::ranges::minmax_element(index.rows, {}, by_id);
    entry.lowest_flow = lowest->flow.id;
    entry.highest_flow = highest->flow.id;
  }
  directory_.entries.push_back(entry);
}

Status SummaryWriter::write_directory() {
  const std::uint64_t begin = sink_.position();
  for (Directory::Entry& entry : directory_.entries) entry.index = begin - entry.index;
  directory_.previous = has_directory_ ? begin - last_directory_ : 0;
  const auto frame = encoder_.encode(directory_);
  if (!frame) return std::unexpected(frame.error());
  directory_.entries.clear();
  last_directory_ = begin;
  has_directory_ = true;
  return write(*frame);
}

Status SummaryWriter::finish() {
  if (!finishes_) return {};
  // Also an empty one: the last frame before the table is always a directory.
  MITM_TRY(write_directory());
  return sink_.write(seek_table_.encode());
}

}  // namespace mitm::archive
