#include "lib/archive/summary_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "lib/archive/format.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/row_codec.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxFaults = 64;

FlowRow with_places(FlowRow row, std::uint64_t frame) {
  row.first_frame = frame - row.first_frame;
  for (std::uint64_t& facts : row.fact_frames) facts = frame - facts;
  return row;
}

/// As the last record it tells that the end of an archive that was not closed was made again.
bool is_gap_of_run(const flow::Record& record) {
  return std::holds_alternative<flow::CaptureGap>(record.event) && record.connection == 0 &&
         record.flow == 0;
}

/// What the directory says of an index, but for where it is.
Directory::Entry entry_for(const Index& index) {
  Directory::Entry entry{.rows = static_cast<std::uint32_t>(index.rows.size()),
                         .first_time = index.frame.first_time,
                         .last_time = index.frame.last_time};
  for (const FlowRow& row : index.rows) {
    const bool is_first = &row == &index.rows.front();
    entry.lowest_flow = is_first ? row.flow.id : std::min(entry.lowest_flow, row.flow.id);
    entry.highest_flow = std::max(entry.highest_flow, row.flow.id);
  }
  return entry;
}

/// Indexes did not always count gaps.
bool tells_alike(FrameFacts made, const FrameFacts& stored) {
  if (stored.gaps == 0) made.gaps = 0;
  return made == stored;
}

}  // namespace

void SummaryCheck::fault(std::string text) {
  if (report_.faults.size() < kMaxFaults) {
    report_.faults.push_back(std::move(text));
  } else if (report_.faults.size() == kMaxFaults) {
    report_.faults.emplace_back("…");
  }
}

void SummaryCheck::on_record(const flow::Record& record, std::uint64_t frame) {
  if (archive_.frame && archive_.frame->at != frame) pass_frame();
  if (std::holds_alternative<flow::Header>(record.event) && record.source == 0) {
    end_archive();
    ++report_.archives;
  }
  archive_.repaired = is_gap_of_run(record);
  if (std::holds_alternative<flow::ArchiveEnd>(record.event)) {
    archive_.builder.finish();
    archive_.ended = true;
  }
  archive_.builder.add(record, frame);
}

void SummaryCheck::on_chain(ByteView id, std::uint64_t frame) {
  archive_.builder.add_chain(id, frame);
}

void SummaryCheck::on_frame(std::uint64_t frame, std::uint64_t size, std::uint64_t content_size) {
  ++report_.frames;
  archive_.frame = DataFrame{.at = frame, .size = size, .content_size = content_size};
  note_frame(size, content_size);
}

/// Beyond what a table holds there is none to compare with.
void SummaryCheck::note_frame(std::uint64_t size, std::uint64_t content_size) {
  if (archive_.table.is_full()) {
    archive_.lossy = true;
  } else {
    archive_.table.add(size, content_size);
  }
}

Index SummaryCheck::take(const DataFrame& frame) {
  Index made = archive_.builder.take(frame.at, frame.size, frame.content_size);
  for (const FlowRow& row : made.rows) ++(row.unfinished ? report_.unfinished : report_.flows);
  return made;
}

/// No index came behind a data frame.
void SummaryCheck::pass_frame() {
  take(*std::exchange(archive_.frame, std::nullopt));
  ++archive_.missing;
}

void SummaryCheck::on_skippable(ByteView frame, std::uint64_t at) {
  if (!is_summary(frame) && !is_seek_table(frame)) return;
  ++report_.summaries;
  ++archive_.summaries;
  if (is_seek_table(frame)) return on_seek_table(frame, at);
  if (const auto directory = decoder_.directory(frame)) {
    on_directory(*directory, at);
  } else {
    on_index(frame, at);
  }
  note_frame(frame.size(), 0);
}

void SummaryCheck::on_index(ByteView frame, std::uint64_t at) {
  const auto facts = decoder_.index(frame);
  if (!facts) return fault(fmt::format("the summary at byte {} is malformed", at));
  const auto data = std::exchange(archive_.frame, std::nullopt);
  const bool is_behind = data && data->at + data->size == at;
  if (!is_behind) {
    archive_.lossy = true;
    tell_lost(*facts, at);
    take({.at = at, .size = 0, .content_size = 0});
  } else if (const Index made = take(*data); !archive_.lossy) {
    if (!tells_alike(made.frame, *facts))
      fault(fmt::format("the index at byte {} does not tell what its frame holds", at));
    compare(made, at);
  }
}

/// Rows of `made` with those of the index that is loaded.
void SummaryCheck::compare(const Index& made, std::uint64_t at) {
  const std::uint64_t frame = at - made.frame.frame_size;
  Index loaded{.frame = made.frame, .rows = {}};
  for (std::uint32_t number = 0; number < decoder_.rows(); ++number) {
    auto row = decoder_.row(number);
    if (!row) return fault(fmt::format("the index at byte {} is malformed", at));
    loaded.rows.push_back(*std::move(row));
  }
  if (archive_.directory.entries.size() == kDirectoryEntries) {
    archive_.lossy = true;
    return fault(fmt::format("a directory is missing before byte {}", at));
  }
  archive_.directory.entries.push_back(entry_for(loaded));
  archive_.directory.entries.back().index = at;
  auto next_made = made.rows.begin();
  for (FlowRow& row : loaded.rows) {
    if (row.unfinished) {
      archive_.unfinished.push_back(with_places(std::move(row), frame));
    } else if (next_made == made.rows.end() || next_made->unfinished || !alike(row, *next_made)) {
      return fault(fmt::format("the index at byte {} is wrong about flow {}", at, row.flow.id));
    } else {
      ++next_made;
    }
  }
  for (; next_made != made.rows.end(); ++next_made) {
    if (!next_made->unfinished)
      return fault(fmt::format("the index at byte {} lacks flow {}", at, next_made->flow.id));
    archive_.made_unfinished.push_back(with_places(*next_made, frame));
  }
}

/// The data frame before an index is not there, or was damaged.
void SummaryCheck::tell_lost(const FrameFacts& facts, std::uint64_t at) {
  std::string flows;
  constexpr std::uint32_t kNamed = 20;
  for (std::uint32_t number = 0; number < std::min(decoder_.rows(), kNamed); ++number) {
    const auto row = decoder_.row(number);
    if (row) flows += fmt::format("{}{}", flows.empty() ? "" : ", ", row->flow.id);
  }
  if (decoder_.rows() > kNamed) flows += fmt::format(" and {} more", decoder_.rows() - kNamed);
  const std::string ended =
      flows.empty() ? "no flow ended in it" : fmt::format("flows that ended in it: {}", flows);
  fault(fmt::format("the frame of {} bytes before byte {} held {} records; {}", facts.frame_size,
                    at, facts.records, ended));
}

void SummaryCheck::on_directory(const Directory& directory, std::uint64_t at) {
  if (archive_.frame) pass_frame();
  Directory& expected = archive_.directory;
  for (Directory::Entry& entry : expected.entries) entry.index = at - entry.index;
  expected.previous = archive_.has_directory ? at - archive_.last_directory : 0;
  if (!archive_.lossy && archive_.missing == 0 && directory != expected)
    fault(fmt::format("the directory at byte {} does not list the indexes before it", at));
  expected.entries.clear();
  archive_.last_directory = at;
  archive_.has_directory = true;
}

void SummaryCheck::on_seek_table(ByteView frame, std::uint64_t at) {
  if (!archive_.has_directory) fault(fmt::format("no directory before byte {}", at));
  if (!archive_.lossy && archive_.missing == 0 && frame != archive_.table.encode())
    fault(fmt::format("the seek table at byte {} does not list the frames before it", at));
  end_archive();
}

void SummaryCheck::end_archive() {
  if (archive_.frame) pass_frame();
  if (!archive_.ended) archive_.builder.finish();
  while (true) {
    Index rest = take({});
    if (rest.rows.empty()) break;
    for (FlowRow& row : rest.rows)
      if (row.unfinished) archive_.made_unfinished.push_back(with_places(std::move(row), 0));
  }
  const bool has_summaries = archive_.summaries > 0 && !archive_.repaired;
  if (has_summaries && archive_.missing > 0)
    fault(fmt::format("{} frames have no index", archive_.missing));
  if (!archive_.lossy && archive_.ended && has_summaries &&
      !std::ranges::equal(archive_.unfinished, archive_.made_unfinished, alike)) {
    fault("the indexes are wrong about flows that did not end");
  }
  archive_ = {};
}

void SummaryCheck::finish() { end_archive(); }

}  // namespace mitm::archive
