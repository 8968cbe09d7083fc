#include "lib/archive/copier.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

namespace mitm::archive {

void Copier::RecordClock::advance(Time time) {
  constexpr Time kLatest{Duration(std::numeric_limits<std::int64_t>::max() / 2)};
  now_ = std::clamp(time, now_, kLatest);
}

Status Copier::add(const flow::Record& record, std::optional<std::uint64_t> run) {
  clock_.advance(record.time);
  if (std::holds_alternative<flow::ArchiveEnd>(record.event)) return {};
  const auto source = source_of(record, run);
  if (!source) return std::unexpected(source.error());
  if (std::holds_alternative<flow::Header>(record.event)) return {};
  flow::Record copy = record;
  copy.source = *source;
  return write(std::move(copy));
}

/// Where it is a new one, writes the header it needs.
Result<std::uint16_t> Copier::source_of(const flow::Record& record,
                                        std::optional<std::uint64_t> run) {
  const auto [entry, is_new] =
      sources_.try_emplace(record.source, static_cast<std::uint16_t>(sources_.size()));
  if (!is_new) return entry->second;
  if (const auto* header = std::get_if<flow::Header>(&record.event)) {
    MITM_TRY(write_header(entry->second, *header));
  } else {
    // In a merged file checkpoints name its first run, which is not the one that is missed here.
    const bool is_known = run && !runs_.contains(*run);
    MITM_TRY(write_header(entry->second, {.run_id = is_known ? *run : 0, .tool = tool_}));
  }
  return entry->second;
}

Status Copier::write_header(std::uint16_t source, const flow::Header& header) {
  runs_.insert(header.run_id);
  ++records_;
  if (writer_) return writer_->append({.time = clock_.now(), .source = source, .event = header});
  auto writer = Writer::open(std::move(sink_), header, clock_, options_);
  if (!writer) return std::unexpected(std::move(writer).error());
  writer_ = *std::move(writer);
  return {};
}

Status Copier::write(flow::Record record) {
  Status written = writer_->append(record);
  if (!written && written.error().code == Code::kLimit) {
    ++too_large_;
    record.event = flow::CaptureGap{.reason = written.error().message, .records = 1};
    written = writer_->append(record);
  }
  if (written) count(record);
  return written;
}

void Copier::count(const flow::Record& record) {
  ++records_;
  if (record.flow == 0) return;
  const flow::Key key{record.source, record.flow};
  const auto* end = std::get_if<flow::FlowEnd>(&record.event);
  if (end == nullptr) {
    open_.insert(key);
    return;
  }
  open_.erase(key);
  flow::count(totals_, *end);
}

Status Copier::flush() { return writer_ ? writer_->flush() : Status{}; }

Status Copier::finish() {
  if (!writer_) MITM_TRY(write_header(0, {.tool = tool_}));
  flow::Totals totals = totals_;
  totals.seen += open_.size();
  totals.recorded += open_.size();
  return writer_->finish(totals);
}

std::optional<flow::CaptureGap> LossWatch::news(const Ending& ending, bool at_end) {
  const std::size_t places = ending.skipped.size();
  const std::uint64_t last = places == 0 ? 0 : ending.skipped.back().bytes;
  flow::CaptureGap gap;
  if (places < places_) places_ = last_place_ = 0;  // of another file
  if (places != places_ || last != last_place_) {
    if (places_ > 0) gap.bytes -= last_place_;
    const std::size_t first = places_ == 0 ? 0 : places_ - 1;
    for (std::size_t i = first; i < places; ++i) gap.bytes += ending.skipped[i].bytes;
    gap.reason = fmt::format("{} bytes skipped at byte {}", gap.bytes, ending.skipped.back().at);
    places_ = places;
    last_place_ = last;
  }
  if (at_end && ending.torn_at && ending.torn_bytes > 0) {
    gap.bytes += ending.torn_bytes;
    if (!gap.reason.empty()) gap.reason += ", ";
    gap.reason += fmt::format("torn tail at byte {}", *ending.torn_at);
  }
  return gap.bytes > 0 ? std::optional(gap) : std::nullopt;
}

}  // namespace mitm::archive
