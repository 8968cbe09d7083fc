#include "lib/archive/merged_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <variant>

namespace mitm::archive {
namespace {

const flow::Header* header_of(const std::optional<flow::Record>& record) {
  return record ? std::get_if<flow::Header>(&record->event) : nullptr;
}

}  // namespace

Result<MergedReader> MergedReader::open(const std::vector<std::string>& paths) {
  std::vector<Input> inputs;
  for (const std::string& path : paths) {
    auto reader = open_archive(path);
    if (!reader) return std::unexpected(std::move(reader).error());
    inputs.push_back({.name = path == "-" ? "standard input" : path,
                      .reader = *std::move(reader),
                      .failed = std::nullopt});
  }
  return merge(std::move(inputs));
}

Result<MergedReader> MergedReader::merge(std::vector<Input> inputs) {
  MergedReader merged;
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
  if (first_[input]) return std::exchange(first_[input], std::nullopt);
  if (inputs_[input].failed) return std::nullopt;
  auto record = inputs_[input].reader->next();
  // An interruption is no fault of the input, which can be read on.
  if (record || record.error().code == Code::kCancelled) return record;
  inputs_[input].failed = std::move(record).error();
  return std::nullopt;
}

Result<std::optional<flow::Record>> MergedReader::advance(Track& track) {
  while (track.current < track.inputs.size()) {
    auto record = read(track.inputs[track.current]);
    if (!record || *record) return record;
    ++track.current;
  }
  return std::nullopt;
}

/// What comes after a record is read only when that is asked for: it may have to be waited for.
Result<std::optional<flow::Record>> MergedReader::take_earliest() {
  for (; !headless_.empty(); headless_.pop_back()) {
    Track& track = tracks_[headless_.back()];
    auto head = advance(track);
    if (!head) return head;
    track.head = *std::move(head);
    if (track.head) turns_.emplace(track.head->time, headless_.back());
  }
  if (turns_.empty()) return std::nullopt;
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
    MITM_TRY(sources_.renumber(track.inputs[track.current], **record));
  }
  return record;
}

MergedReader::Losses MergedReader::losses() const {
  Losses losses;
  for (const Input& input : inputs_) {
    Ending ending = input.reader->ending();
    if (input.failed) losses.warnings.push_back(input.failed->message);
    // How an archive ends is unknown when reading stopped before.
    if (!at_end_ || input.failed) ending.finished = true;
    for (const std::string& line : describe(ending)) {
      losses.warnings.push_back(fmt::format("{}: {}", input.name, line));
    }
    losses.any |= input.failed || !ending.lossless();
  }
  return losses;
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
