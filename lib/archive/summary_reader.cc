#include "lib/archive/summary_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include "lib/archive/flow_records.h"
#include "lib/archive/format.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/seek_table.h"

// From the end: the seek table of the last archive tells where that begins and where its last
// directory is, which leads to those before it. Where one archive begins another may end. Offsets
// only ever lead backwards and within their archive, so whatever a file says, reading it ends.

namespace mitm::archive {
namespace {

/// Most summaries fit into so much, so that one read is enough.
constexpr std::size_t kUsualFrame = 64 * 1024;

}  // namespace

Result<std::unique_ptr<SummaryReader>> SummaryReader::open(const std::filesystem::path& path) {
  auto file = RandomFile::open(path);
  if (!file) return std::unexpected(std::move(file).error());
  if (!*file) return nullptr;
  std::unique_ptr<SummaryReader> reader(new SummaryReader(**std::move(file)));
  const auto complete = reader->find_parts();
  if (!complete) return std::unexpected(complete.error());
  return *complete ? std::move(reader) : nullptr;
}

Result<bool> SummaryReader::find_parts() {
  std::uint64_t end = file_.size();
  while (end > 0) {
    auto part = part_that_ends_at(end);
    if (!part) return std::unexpected(std::move(part).error());
    if (!*part) return false;
    end = (*part)->base;
    parts_.push_back(**std::move(part));
  }
  std::ranges::reverse(parts_);
  return !parts_.empty() && are_runs_apart();
}

/// Flows may go on from one file of a run to the next, where rows know only of a part.
bool SummaryReader::are_runs_apart() const {
  std::set<std::uint64_t> known;
  for (const Part& part : parts_) {
    const auto runs = runs_at(part.base);
    if (!runs) return false;
    for (const std::uint64_t run : *runs)
      if (!known.insert(run).second) return false;
  }
  return true;
}

Result<std::optional<SummaryReader::Part>> SummaryReader::part_that_ends_at(std::uint64_t end) {
  const auto table = read_seek_table(file_, end);
  if (!table) return std::unexpected(table.error());
  if (!*table) return std::nullopt;
  Part part{.base = (*table)->base, .directories = {}, .data_frames = (*table)->data_frames};
  const auto complete = follow_directories(part, (*table)->last_frame);
  if (!complete) return std::unexpected(complete.error());
  return *complete ? std::optional(std::move(part)) : std::nullopt;
}

/// False when one is damaged or they do not list as many indexes as there are data frames.
Result<bool> SummaryReader::follow_directories(Part& part, std::uint64_t last) {
  std::uint64_t entries = 0;
  for (std::uint64_t at = last;; at -= directory_.previous) {
    const auto good = load_directory(at, part.base);
    if (!good || !*good) return good;
    entries += directory_.entries.size();
    part.directories.push_back(at);
    if (directory_.previous == 0) break;
    if (directory_.previous > at - part.base) return false;
  }
  std::ranges::reverse(part.directories);
  return entries == part.data_frames;
}

Result<bool> SummaryReader::load_directory(std::uint64_t at, std::uint64_t base) {
  const auto frame = frame_at(at);
  if (!frame) {
    if (frame.error().code == Code::kCorrupt) return false;
    return std::unexpected(frame.error());
  }
  auto directory = decoder_.directory(*frame);
  has_index_ = false;
  if (!directory) return false;
  directory_ = *std::move(directory);
  directory_at_ = at;
  base_ = base;
  return true;
}

Error SummaryReader::damaged(std::uint64_t at) const {
  return {Code::kCorrupt, fmt::format("{}: the summary at byte {} is damaged", file_.name(), at),
          "a pipe is read without summaries: mitm-dump -r - < FILE"};
}

Result<ByteView> SummaryReader::frame_at(std::uint64_t offset) {
  if (offset >= file_.size() || file_.size() - offset < kSkippableHeader)
    return std::unexpected(damaged(offset));
  const std::uint64_t room = file_.size() - offset;
  MITM_TRY(file_.read(offset, std::min<std::uint64_t>(room, kUsualFrame), buffer_));
  const std::uint64_t size = skippable_size(buffer_);
  if (!is_summary(buffer_) || size > room || size > kMaxSkippable)
    return std::unexpected(damaged(offset));
  if (size > buffer_.size()) MITM_TRY(file_.read(offset, size, buffer_));
  return ByteView(buffer_).substr(0, size);
}

Result<FrameFacts> SummaryReader::load_index(const Directory::Entry& entry) {
  has_index_ = false;
  if (entry.index > directory_at_ - base_) return std::unexpected(damaged(directory_at_));
  index_at_ = directory_at_ - entry.index;
  const auto frame = frame_at(index_at_);
  if (!frame) return std::unexpected(frame.error());
  const auto facts = decoder_.index(*frame);
  if (!facts || facts->frame_size > index_at_ - base_ || decoder_.rows() != entry.rows)
    return std::unexpected(damaged(index_at_));
  frame_at_ = index_at_ - facts->frame_size;
  has_index_ = true;
  return *facts;
}

Result<bool> SummaryReader::load_next_index() {
  while (place_.part < parts_.size()) {
    const Part& part = parts_[place_.part];
    if (place_.directory == part.directories.size()) {
      place_ = {.part = place_.part + 1};
      continue;
    }
    const std::uint64_t at = part.directories[place_.directory];
    if (directory_at_ != at || !has_index_) {
      const auto good = load_directory(at, part.base);
      if (!good) return good;
      if (!*good) return std::unexpected(damaged(at));
    }
    if (place_.entry == directory_.entries.size()) {
      place_ = {.part = place_.part, .directory = place_.directory + 1};
      has_index_ = false;
      continue;
    }
    MITM_TRY(load_index(directory_.entries[place_.entry]));
    return true;
  }
  return false;
}

Result<std::optional<Found>> SummaryReader::next() {
  while (!has_index_ || place_.row == decoder_.rows()) {
    if (has_index_) {
      ++place_.entry;
      place_.row = 0;
    }
    const auto more = load_next_index();
    if (!more) return std::unexpected(more.error());
    if (!*more) return std::nullopt;
  }
  return found(place_.row++);
}

Result<std::optional<Found>> SummaryReader::found(std::uint32_t row) {
  auto decoded = decoder_.row(row);
  const auto reaches = [&](std::uint64_t distance) { return distance <= frame_at_ - base_; };
  if (!decoded || !reaches(decoded->first_frame) ||
      !std::ranges::all_of(decoded->fact_frames, reaches)) {
    return std::unexpected(damaged(index_at_));
  }
  return Found{.row = *std::move(decoded), .frame = frame_at_, .end = index_at_, .base = base_};
}

Result<bool> SummaryReader::has_all_indexes(std::uint64_t directory, Part& part) {
  const auto good = load_directory(directory, part.base);
  if (!good || !*good) return good;
  for (const Directory::Entry& entry : directory_.entries) {
    const auto loaded = load_index(entry);
    if (!loaded && loaded.error().code != Code::kCorrupt) return std::unexpected(loaded.error());
    if (!loaded) return false;
    has_gaps_ = has_gaps_ || loaded->gaps > 0;
    const auto last = decoder_.rows() > 0 ? decoder_.row(decoder_.rows() - 1) : std::nullopt;
    part.has_unfinished = part.has_unfinished || (last && last->unfinished);
  }
  return true;
}

Result<bool> SummaryReader::verify() {
  for (Part& part : parts_) {
    for (const std::uint64_t directory : part.directories) {
      const auto good = has_all_indexes(directory, part);
      has_index_ = false;
      if (!good || !*good) return good;
    }
    if (&part != &parts_.back() && part.has_unfinished) return false;
  }
  return true;
}

/// Of the headers with which a part begins.
Result<std::vector<std::uint64_t>> SummaryReader::runs_at(std::uint64_t base) const {
  auto reader = Reader::open(file_.range(base, file_.size()), file_.name());
  if (!reader) return std::unexpected(std::move(reader).error());
  std::vector<std::uint64_t> runs;
  while (true) {
    const auto record = (*reader)->next();
    if (!record) return std::unexpected(record.error());
    const auto* header = *record ? std::get_if<flow::Header>(&(*record)->event) : nullptr;
    if (header == nullptr) return runs;
    runs.push_back(header->run_id);
  }
}

Result<std::vector<Found>> SummaryReader::find(flow::FlowId id) {
  std::vector<Found> all;
  for (const Part& part : parts_) {
    for (const std::uint64_t at : part.directories) {
      const auto good = load_directory(at, part.base);
      if (!good) return std::unexpected(good.error());
      if (!*good) return std::unexpected(damaged(at));
      for (const Directory::Entry& entry : directory_.entries) {
        if (id < entry.lowest_flow || id > entry.highest_flow) continue;
        MITM_TRY(load_index(entry));
        for (std::uint32_t row = 0; row < decoder_.rows(); ++row) {
          auto one = found(row);
          if (!one) return std::unexpected(std::move(one).error());
          if ((*one)->row.flow.id == id) all.push_back(**std::move(one));
        }
      }
    }
  }
  has_index_ = false;
  return all;
}

Status SummaryReader::read(const Found& flow, const std::function<Status(flow::Record&&)>& take,
                           Ending& losses) const {
  return FlowRecords(file_, flow, take, losses).read();
}

}  // namespace mitm::archive
