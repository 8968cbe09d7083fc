#include "lib/archive/flow_records.h"

#include <algorithm>
#include <variant>

#include "lib/archive/format.h"
#include "lib/archive/frame_reader.h"
#include "lib/archive/frame_walker.h"
#include "lib/archive/message.h"

namespace mitm::archive {

Status FlowRecords::read() {
  const FlowRow& row = flow_.row;
  MITM_TRY(take_({.time = row.flow.start,
                  .source = row.flow.source,
                  .event = flow::Header{.run_id = row.flow.run, .tool = {}}}));
  for (const std::uint64_t distance : row.fact_frames) {
    const std::uint64_t begin = flow_.frame - distance;
    const auto end = end_of_frame(begin);
    if (!end) return std::unexpected(end.error());
    MITM_TRY(read_between(begin, *end, Of::kConnection));
  }
  return read_between(flow_.frame - row.first_frame, flow_.end, Of::kFlow);
}

/// By its blocks; where they are damaged, as far as a frame may go.
Result<std::uint64_t> FlowRecords::end_of_frame(std::uint64_t begin) const {
  const std::uint64_t most = std::min<std::uint64_t>(flow_.end - begin, kMaxFrameSize);
  Bytes frame;
  MITM_TRY(file_.read(begin, static_cast<std::size_t>(most), frame));
  FrameWalker walker;
  return walker.walk(frame) == FrameWalker::State::kComplete ? begin + walker.position()
                                                             : begin + most;
}

Status FlowRecords::read_between(std::uint64_t begin, std::uint64_t end, Of what) {
  FrameReader frames(file_.range(begin, end));
  while (true) {
    const auto loaded = frames.next();
    if (!loaded) return std::unexpected(loaded.error());
    if (!*loaded) break;
    MITM_TRY(read_content(frames.content(), what));
  }
  for (const Ending::Skipped& lost : frames.losses().skipped)
    note_loss({.at = begin + lost.at, .bytes = lost.bytes});
  if (frames.losses().torn_at) losses_.torn_at = begin + *frames.losses().torn_at;
  return {};
}

/// Many flows may need the same damaged frame.
void FlowRecords::note_loss(const Ending::Skipped& lost) {
  constexpr std::size_t kMaxPlaces = 64;
  const bool is_known = std::ranges::any_of(
      losses_.skipped, [&](const Ending::Skipped& known) { return known.at == lost.at; });
  if (!is_known && losses_.skipped.size() < kMaxPlaces) losses_.skipped.push_back(lost);
}

Status FlowRecords::read_content(ByteView content, Of what) {
  while (!content.empty()) {
    const std::size_t size = message_size(content).value_or(0);
    flow::Record record;
    const auto decoded = size > 0 ? decode(content.substr(0, size), chains_, record)
                                  : fail(Code::kCorrupt, "malformed message");
    // Content is verified: a malformed message was written so.
    if (!decoded) return std::unexpected(decoded.error());
    content.remove_prefix(size);
    if (*decoded != Decoded::kRecord || !concerns_flow(record)) continue;
    if (what == Of::kConnection && record.flow == flow_.row.flow.id) continue;
    MITM_TRY(take_(std::move(record)));
  }
  return {};
}

/// Its own, and those that say what its connection is, also when another flow was the occasion.
bool FlowRecords::concerns_flow(const flow::Record& record) const {
  const flow::Flow& flow = flow_.row.flow;
  if (record.source != flow.source) return false;
  if (record.flow == flow.id) return true;
  if (record.connection != flow.connection || record.connection == 0) return false;
  return record.flow == 0 || std::holds_alternative<flow::ServerConnected>(record.event) ||
         std::holds_alternative<flow::TlsEstablished>(record.event) ||
         std::holds_alternative<flow::ClientHelloSeen>(record.event);
}

}  // namespace mitm::archive
