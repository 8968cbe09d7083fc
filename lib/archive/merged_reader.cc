#include "lib/archive/merged_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <variant>

namespace mitm::archive {
namespace {

const flow::Header* header_of(const std::optional<flow::Record>& record) {
  return record ? std::get_if<flow::Header>(&record->event) : nullptr;
}

/// An interruption and a lack of patience are no faults of an input, which can be read on.
bool can_go_on(const Error& error) {
  return error.code == Code::kCancelled || error.code == Code::kAgain;
}

/// A run may be rotated for weeks.
void keep_loss(MergedReader::Losses& losses, std::string warning, std::size_t most = 100) {
  if (losses.warnings.size() < most) losses.warnings.push_back(std::move(warning));
}

/// Of an archive that has nothing to show.
class EmptyReader final : public Reader {
 public:
  Result<std::optional<flow::Record>> next() override { return std::nullopt; }
  [[nodiscard]] const Ending& ending() const override { return ending_; }

 private:
  Ending ending_;
};

/// `judge`: whether how the archive ended is known.
MergedReader::Losses losses_of(const MergedReader::Input& input, bool judge) {
  MergedReader::Losses losses;
  Ending ending = input.reader->ending();
  if (input.failed) losses.warnings.push_back(input.failed->message);
  if (!judge || input.failed) ending.finished = true;
  for (std::string& line : describe(input.name, ending, input.is_live))
    losses.warnings.push_back(std::move(line));
  losses.any = input.failed || !(input.is_live ? ending.while_written() : ending).lossless();
  return losses;
}

}  // namespace

Ending MergedReader::Input::ending() const {
  return is_live ? reader->ending().while_written() : reader->ending();
}

MergedReader::Input MergedReader::unreadable(std::string name, Error why) {
  return {
      .name = std::move(name), .reader = std::make_unique<EmptyReader>(), .failed = std::move(why)};
}

Result<MergedReader> MergedReader::merge(std::vector<Input> inputs, GoOn go_on) {
  MergedReader merged;
  merged.go_on_ = std::move(go_on);
  merged.inputs_ = std::move(inputs);
  for (Input& input : merged.inputs_) {
    auto record = input.reader->next();
    if (!record) return std::unexpected(std::move(record).error());
    merged.first_.push_back(*std::move(record));
  }
  merged.make_tracks();
  return merged;
}

void MergedReader::make_tracks() {
  std::vector<std::size_t> order(inputs_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t input) {
    const flow::Header* header = header_of(first_[input]);
    return header != nullptr ? header->file_number : 0;
  });
  std::unordered_map<std::uint64_t, std::size_t> track_of_run;
  for (const std::size_t input : order) {
    const flow::Header* header = header_of(first_[input]);
    std::size_t track = tracks_.size();
    // 0 is not the id of a run but the lack of one.
    if (header != nullptr && header->run_id != 0) {
      track = track_of_run.try_emplace(header->run_id, track).first->second;
    }
    if (track == tracks_.size()) tracks_.emplace_back();
    tracks_[track].inputs.push_back(input);
  }
  headless_.resize(tracks_.size());
  std::iota(headless_.begin(), headless_.end(), std::size_t{0});
}

Result<std::optional<flow::Record>> MergedReader::read(std::size_t input) {
  Input& from = inputs_[input];
  Result<std::optional<flow::Record>> record;
  if (first_[input]) {
    record = std::exchange(first_[input], std::nullopt);
  } else if (!from.failed) {
    record = from.reader->next();
  }
  if (!record && !can_go_on(record.error())) {
    from.failed = std::move(record).error();
    return std::nullopt;
  }
  if (record) {
    if (const auto* header = header_of(*record)) from.header = *header;
  }
  return record;
}

/// Whether a successor has come in place of an input that has been read.
Result<bool> MergedReader::replace(std::size_t input) {
  if (!go_on_) return false;
  auto next = go_on_(inputs_[input]);
  if (!next) {
    if (can_go_on(next.error())) return std::unexpected(std::move(next).error());
    kept_losses_.any = true;
    keep_loss(kept_losses_, std::move(next).error().message);
    return false;
  }
  if (!*next) return false;
  keep_losses(inputs_[input]);
  if (!(*next)->loss.empty()) {
    kept_losses_.any = true;
    keep_loss(kept_losses_, (*next)->loss);
  }
  inputs_[input] = std::move((*next)->input);
  return true;
}

void MergedReader::keep_losses(const Input& input) {
  const Losses losses = losses_of(input, true);
  kept_losses_.any |= losses.any;
  for (const std::string& warning : losses.warnings) keep_loss(kept_losses_, warning);
}

/// What the writer itself knew that it could not write.
void MergedReader::note_gap(const Input& input, const flow::Record& record) {
  const auto* gap = std::get_if<flow::CaptureGap>(&record.event);
  if (gap == nullptr || record.flow != 0) return;
  constexpr std::size_t kMostGaps = 50;  // so that they leave room for what is worse
  const std::string records = gap->records > 0 ? fmt::format("{} records, ", gap->records) : "";
  keep_loss(kept_losses_,
            fmt::format("{}: something is missing in it ({}{} bytes): {}", input.name, records,
                        gap->bytes, gap->reason),
            kMostGaps);
}

/// Of a run whose files are read one after the other.
void MergedReader::note_missing(const Input& ended, std::size_t next) {
  const flow::Header* header = header_of(first_[next]);
  if (header == nullptr || !ended.header || ended.header->run_id != header->run_id) return;
  const std::uint32_t expected = ended.header->file_number + 1;
  if (header->file_number <= expected) return;
  const std::uint32_t missing = header->file_number - expected;
  const std::string what = missing == 1 ? "a file" : fmt::format("{} files", missing);
  keep_loss(kept_losses_,
            fmt::format("between {} and {} {} of the recording {} missing", ended.name,
                        inputs_[next].name, what, missing == 1 ? "is" : "are"));
}

Result<std::optional<flow::Record>> MergedReader::advance(Track& track) {
  while (track.current < track.inputs.size()) {
    const std::size_t input = track.inputs[track.current];
    auto record = read(input);
    if (!record || *record) return record;
    const bool is_last = track.current + 1 == track.inputs.size();
    const auto replaced = is_last ? replace(input) : false;
    if (!replaced) return std::unexpected(replaced.error());
    if (*replaced) continue;
    if (!is_last) note_missing(inputs_[input], track.inputs[track.current + 1]);
    ++track.current;
  }
  return std::nullopt;
}

/// Reads the next record of each track that has one to show.
Status MergedReader::fill_heads() {
  std::vector<std::size_t> quiet;
  while (!headless_.empty()) {
    const std::size_t index = headless_.back();
    auto head = advance(tracks_[index]);
    if (!head && head.error().code != Code::kAgain) {
      headless_.insert(headless_.end(), quiet.begin(), quiet.end());
      return std::unexpected(std::move(head).error());
    }
    headless_.pop_back();
    if (!head) {
      quiet.push_back(index);
    } else if (*head) {
      tracks_[index].head = *std::move(head);
      turns_.emplace(tracks_[index].head->time, index);
    }
  }
  headless_ = std::move(quiet);
  return {};
}

/// What comes after a record is read only when that is asked for: it may have to be waited for.
Result<std::optional<flow::Record>> MergedReader::take_earliest() {
  MITM_TRY(fill_heads());
  if (turns_.empty() && headless_.empty()) return std::nullopt;
  if (turns_.empty()) return fail(Code::kAgain, "nothing more has come yet");
  turn_ = turns_.top().second;
  turns_.pop();
  headless_.push_back(turn_);
  return std::exchange(tracks_[turn_].head, std::nullopt);
}

Result<std::optional<flow::Record>> MergedReader::next() {
  // A single track has nothing to be compared with.
  auto record = tracks_.size() == 1 ? advance(tracks_[0]) : take_earliest();
  at_end_ = record && !*record;
  if (record && *record) {
    const Track& track = tracks_[turn_];
    const std::size_t input = track.inputs[track.current];
    note_gap(inputs_[input], **record);
    MITM_TRY(sources_.renumber(input, **record));
  }
  return record;
}

MergedReader::Losses MergedReader::losses() const {
  Losses losses = kept_losses_;
  for (const Input& input : inputs_) {
    // How an archive ends is unknown when reading stopped before.
    Losses more = losses_of(input, at_end_);
    losses.any |= more.any;
    std::ranges::move(more.warnings, std::back_inserter(losses.warnings));
  }
  return losses;
}

const MergedReader::Input& MergedReader::origin() const {
  const Track& track = tracks_[turn_];
  return inputs_[track.inputs[track.current]];
}

Status MergedReader::Sources::renumber(std::size_t input, flow::Record& record) {
  const auto [entry, is_new] = numbers_.try_emplace({input, record.source});
  const auto* header = std::get_if<flow::Header>(&record.event);
  if (header != nullptr && header->run_id != 0) {
    const auto [run, is_new_run] = runs_.try_emplace(header->run_id);
    if (is_new_run) {
      const auto number = allocate();
      if (!number) return std::unexpected(number.error());
      run->second = *number;
    }
    entry->second = run->second;
  } else if (is_new) {
    const auto number = allocate();
    if (!number) return std::unexpected(number.error());
    entry->second = *number;
  }
  record.source = entry->second;
  return {};
}

Result<std::uint16_t> MergedReader::Sources::allocate() {
  if (allocated_ > std::numeric_limits<std::uint16_t>::max()) {
    return fail(Code::kLimit, "more than 65,536 runs cannot be read together");
  }
  return static_cast<std::uint16_t>(allocated_++);
}

}  // namespace mitm::archive
