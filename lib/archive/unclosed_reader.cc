#include "lib/archive/unclosed_reader.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "lib/archive/flow_records.h"
#include "lib/archive/frame_reader.h"
#include "lib/archive/message.h"

namespace mitm::archive {
namespace {

/// Whether verified content ends with an archive's last record.
bool ends_archive(ByteView content) {
  ChainCache unused;
  bool ends = false;
  while (const auto size = message_size(content)) {
    flow::Record record;
    const auto decoded = decode(content.substr(0, *size), unused, record);
    if (decoded && *decoded == Decoded::kRecord &&
        !std::holds_alternative<flow::Checkpoint>(record.event))
      ends = std::holds_alternative<flow::ArchiveEnd>(record.event);
    content.remove_prefix(*size);
  }
  return ends;
}

}  // namespace

Result<std::unique_ptr<UnclosedReader>> UnclosedReader::open(const std::filesystem::path& path) {
  auto file = RandomFile::open(path);
  if (!file) return std::unexpected(std::move(file).error());
  if (!*file) return nullptr;
  return std::unique_ptr<UnclosedReader>(new UnclosedReader(**std::move(file)));
}

Result<std::optional<Found>> UnclosedReader::find(flow::FlowId id) {
  auto findings = look_for(id);
  if (!findings && findings.error().code != Code::kCorrupt)
    return std::unexpected(std::move(findings).error());
  if (!findings || !findings->fit || !findings->flow) return std::nullopt;
  const auto unclosed = ends_unclosed(*findings);
  if (!unclosed) return std::unexpected(unclosed.error());
  return *unclosed ? std::move(findings->flow) : std::nullopt;
}

Result<UnclosedReader::Findings> UnclosedReader::look_for(flow::FlowId id) const {
  Findings findings;
  IndexHopper hopper(file_);
  while (findings.fit) {
    const auto facts = hopper.next();
    if (!facts) return std::unexpected(facts.error());
    if (!*facts) break;
    findings.last_frame = hopper.index_at() - (*facts)->frame_size;
    take_rows(hopper, findings.last_frame, id, findings);
  }
  return findings;
}

void UnclosedReader::take_rows(const IndexHopper& hopper, std::uint64_t frame, flow::FlowId id,
                               Findings& findings) {
  const auto reaches = [&](std::uint64_t distance) { return distance <= frame - hopper.base(); };
  for (std::uint32_t number = 0; number < hopper.decoder().rows() && findings.fit; ++number) {
    const auto key = hopper.decoder().key(number);
    findings.fit = key && key->run == findings.run.value_or(key->run);
    if (!findings.fit) return;
    findings.run = key->run;
    if (key->flow != id) continue;
    auto row = hopper.decoder().row(number);
    findings.fit = row && !findings.flow && reaches(row->first_frame) &&
                   std::ranges::all_of(row->fact_frames, reaches);
    if (!findings.fit) return;
    findings.flow = Found{
        .row = *std::move(row), .frame = frame, .end = hopper.index_at(), .base = hopper.base()};
  }
}

/// Reads what comes from the last frame that has an index on.
Result<bool> UnclosedReader::ends_unclosed(const Findings& findings) {
  FrameReader frames(file_.range(findings.last_frame, file_.size()));
  bool closed = false;
  while (true) {
    const auto loaded = frames.next();
    if (!loaded) return std::unexpected(loaded.error());
    if (!*loaded) break;
    closed = ends_archive(frames.content());
  }
  const Losses& losses = frames.losses();
  if (losses.torn_at) ending_.torn_at = findings.last_frame + *losses.torn_at;
  ending_.torn_bytes = losses.torn_bytes;
  return !closed && losses.skipped.empty() && frames.last_run() == findings.run;
}

Status UnclosedReader::read(const Found& flow, const std::function<Status(flow::Record&&)>& take,
                            Ending& losses) const {
  return FlowRecords(file_, flow, take, losses).read();
}

}  // namespace mitm::archive
