#include "lib/archive/index_builder.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "lib/archive/format.h"
#include "lib/archive/row_codec.h"

namespace mitm::archive {
namespace {

// So that an index stays below kMaxSummary, and its frame below kMaxSkippable.
constexpr std::size_t kMaxRows = 4096;
constexpr std::size_t kMaxText = 1024 * 1024;

/// A connection that says more often than that what it is says nothing new.
constexpr std::size_t kMaxFacts = 8;

void add_frame(std::vector<std::uint64_t>& frames, std::uint64_t frame) {
  if (frames.size() < kMaxFacts && (frames.empty() || frames.back() != frame))
    frames.push_back(frame);
}

/// What rows do not hold is not copied. Null: the event as it is.
flow::Event slim(const flow::Event& event) {
  if (const auto* head = std::get_if<flow::RequestHead>(&event)) {
    return flow::RequestHead{.method = head->method,
                             .scheme = head->scheme,
                             .target = head->target,
                             .authority = head->authority,
                             .version = {},
                             .raw = {},
                             .fields = {}};
  }
  if (const auto* head = std::get_if<flow::ResponseHead>(&event)) {
    return flow::ResponseHead{
        .version = {}, .status = head->status, .reason = {}, .raw = {}, .fields = {}};
  }
  if (const auto* hello = std::get_if<flow::ClientHelloSeen>(&event))
    return flow::ClientHelloSeen{
        .facts = {.sni = hello->facts.sni, .alpn = {}, .ja3 = {}, .ja4 = {}}, .raw = {}};
  if (const auto* tls = std::get_if<flow::TlsEstablished>(&event))
    return flow::TlsEstablished{.side = tls->side, .facts = {.handshake = tls->facts.handshake}};
  if (const auto* trailers = std::get_if<flow::Trailers>(&event))
    return flow::Trailers{.sender = trailers->sender, .raw = {}, .fields = {}};
  if (const auto* anomaly = std::get_if<flow::Anomaly>(&event))
    return flow::Anomaly{.sender = anomaly->sender, .name = anomaly->name, .detail = {}};
  return event;
}

bool is_counted_only(const flow::Event& event) {
  return std::holds_alternative<flow::BodyChunk>(event) ||
         std::holds_alternative<flow::RawBytes>(event) ||
         std::holds_alternative<flow::WebSocketMessage>(event) ||
         std::holds_alternative<flow::DnsMessage>(event);
}

}  // namespace

void IndexBuilder::add(const flow::Record& record, std::uint64_t frame) {
  note_time(record.time);
  note_flow(record, frame);
  note_facts(record, frame);
  if (is_counted_only(record.event)) {
    assembler_.add(record);
  } else {
    assembler_.add(flow::Record{.time = record.time,
                                .connection = record.connection,
                                .flow = record.flow,
                                .source = record.source,
                                .event = slim(record.event)});
  }
  take_ended(frame, false);
  if (std::holds_alternative<flow::ConnectionClosed>(record.event))
    connections_.erase({record.source, record.connection});
}

void IndexBuilder::add_chain(ByteView id, std::uint64_t frame) { chains_[Bytes(id)] = frame; }

void IndexBuilder::finish(std::uint64_t frame) {
  assembler_.finish();
  take_ended(frame, true);
}

bool IndexBuilder::is_full() const { return index_.rows.size() >= kMaxRows || text_ >= kMaxText; }

Index IndexBuilder::take(std::uint64_t frame_size, std::uint64_t content_size) {
  index_.frame.frame_size = frame_size;
  index_.frame.content_size = content_size;
  text_ = 0;
  return std::exchange(index_, {});
}

void IndexBuilder::note_time(Time time) {
  FrameFacts& facts = index_.frame;
  if (facts.records++ == 0) facts.first_time = facts.last_time = time;
  facts.first_time = std::min(facts.first_time, time);
  facts.last_time = std::max(facts.last_time, time);
}

/// The first record of a flow opens it, whatever it is.
void IndexBuilder::note_flow(const flow::Record& record, std::uint64_t frame) {
  if (record.flow == 0) return;
  const auto [open, is_new] = flows_.try_emplace({record.source, record.flow});
  if (!is_new) return;
  open->second.first_frame = frame;
  const auto connection = connections_.find({record.source, record.connection});
  if (connection == connections_.end()) return;
  Frames& facts = open->second.facts;
  facts = connection->second.client;
  const Frames& server = connection->second.server;
  facts.insert(facts.end(), server.begin(), server.end());
  std::ranges::sort(facts);
  facts.erase(std::ranges::unique(facts).begin(), facts.end());
}

void IndexBuilder::note_facts(const flow::Record& record, std::uint64_t frame) {
  if (record.connection == 0) return;
  const auto connection = [&]() -> Connection& {
    return connections_[{record.source, record.connection}];
  };
  if (std::holds_alternative<flow::ConnectionOpened>(record.event)) {
    connection().client = {frame};
  } else if (std::holds_alternative<flow::ClientHelloSeen>(record.event)) {
    add_frame(connection().client, frame);
  } else if (std::holds_alternative<flow::ServerConnected>(record.event)) {
    connection().server = {frame};
  } else if (const auto* tls = std::get_if<flow::TlsEstablished>(&record.event)) {
    Frames& frames = tls->side == flow::Side::kClient ? connection().client : connection().server;
    note_chain(tls->facts, frames);
    add_frame(frames, frame);
  }
}

void IndexBuilder::note_chain(const flow::TlsFacts& facts, Frames& frames) const {
  if (facts.chain == nullptr) return;
  if (const auto stored = chains_.find(facts.chain->id); stored != chains_.end())
    add_frame(frames, stored->second);
}

void IndexBuilder::take_ended(std::uint64_t frame, bool unfinished) {
  while (auto flow = assembler_.next()) {
    auto open = flows_.extract({flow->source, flow->id});
    FlowRow row{.flow = *std::move(flow), .unfinished = unfinished, .fact_frames = {}};
    if (!open.empty()) {
      row.first_frame = frame - open.mapped().first_frame;
      for (const std::uint64_t facts : open.mapped().facts) {
        if (facts < open.mapped().first_frame) row.fact_frames.push_back(frame - facts);
      }
    }
    const std::size_t text = text_size(row.flow);
    row.clipped = text > kMaxRowText;
    if (!row.clipped) text_ += text;
    index_.rows.push_back(std::move(row));
  }
}

}  // namespace mitm::archive
