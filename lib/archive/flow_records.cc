#include "lib/archive/flow_records.h"

#include <variant>

#include "lib/archive/frame_reader.h"
#include "lib/archive/message.h"

namespace mitm::archive {

Status FlowRecords::read() {
  const FlowRow& row = flow_.row;
  MITM_TRY(take_({.time = row.flow.start,
                  .source = row.flow.source,
                  .event = flow::Header{.run_id = row.flow.run, .tool = {}}}));
  for (const std::uint64_t distance : row.fact_frames)
    MITM_TRY(read_between(flow_.frame - distance, flow_.end, Frames::kFirst));
  return read_between(flow_.frame - row.first_frame, flow_.end, Frames::kAll);
}

Status FlowRecords::read_between(std::uint64_t begin, std::uint64_t end, Frames which) {
  FrameReader frames(file_.range(begin, end));
  while (true) {
    const auto loaded = frames.next();
    if (!loaded) return std::unexpected(loaded.error());
    if (*loaded) MITM_TRY(read_content(frames.content()));
    if (!*loaded || which == Frames::kFirst) break;
  }
  for (Ending::Skipped lost : frames.losses().skipped)
    losses_.skipped.push_back({.at = begin + lost.at, .bytes = lost.bytes});
  if (frames.losses().torn_at) losses_.torn_at = begin + *frames.losses().torn_at;
  return {};
}

Status FlowRecords::read_content(ByteView content) {
  while (!content.empty()) {
    const std::size_t size = message_size(content).value_or(0);
    flow::Record record;
    const auto decoded = size > 0 ? decode(content.substr(0, size), chains_, record)
                                  : fail(Code::kCorrupt, "malformed message");
    // Content is verified: a malformed message was written so.
    if (!decoded) return std::unexpected(decoded.error());
    content.remove_prefix(size);
    if (*decoded == Decoded::kRecord && concerns_flow(record)) MITM_TRY(take_(std::move(record)));
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
