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

void add_frame(std::vector<std::uint64_t>& frames, std::uint64_t frame,
               std::size_t most = kMaxFacts) {
  if (frames.size() < most && (frames.empty() || frames.back() != frame)) frames.push_back(frame);
}

}  // namespace

void IndexBuilder::add(const flow::Record& record, std::uint64_t frame) {
  note_time(record.time);
  if (record.flow == 0 && std::holds_alternative<flow::CaptureGap>(record.event)) ++facts_.gaps;
  note_flow(record, frame);
  note_facts(record, frame);
  assembler_.add(record);
  take_ended(false);
  if (std::holds_alternative<flow::ConnectionClosed>(record.event))
    connections_.erase({record.source, record.connection});
}

void IndexBuilder::add_chain(ByteView id, std::uint64_t frame) { chains_[Bytes(id)] = frame; }

void IndexBuilder::finish() {
  assembler_.finish();
  take_ended(true);
}

bool IndexBuilder::is_full() const { return rows_.size() >= kMaxRows || text_ >= kMaxText; }

bool IndexBuilder::is_overfull() const { return rows_that_fit() < rows_.size(); }

std::size_t IndexBuilder::rows_that_fit() const {
  if (!is_full()) return rows_.size();
  std::size_t text = 0;
  std::size_t rows = 0;
  while (rows < std::min(rows_.size(), kMaxRows) && text < kMaxText) {
    const FlowRow& row = rows_[rows++];
    if (!row.clipped) text += text_size(row.flow);
  }
  return rows;
}

Index IndexBuilder::take(std::uint64_t frame, std::uint64_t frame_size,
                         std::uint64_t content_size) {
  Index index{.frame = std::exchange(facts_, {}), .rows = take_rows()};
  index.frame.frame_size = frame_size;
  index.frame.content_size = content_size;
  for (FlowRow& row : index.rows) {
    row.first_frame = frame - row.first_frame;
    for (std::uint64_t& facts : row.fact_frames) facts = frame - facts;
  }
  return index;
}

std::deque<FlowRow> IndexBuilder::take_rows() {
  const std::size_t fit = rows_that_fit();
  if (fit == rows_.size()) {
    text_ = 0;
    return std::exchange(rows_, {});
  }
  std::deque<FlowRow> taken;
  for (; taken.size() < fit; rows_.pop_front()) {
    const FlowRow& row = taken.emplace_back(std::move(rows_.front()));
    if (!row.clipped) text_ -= text_size(row.flow);
  }
  return taken;
}

void IndexBuilder::note_time(Time time) {
  if (facts_.records++ == 0) facts_.first_time = facts_.last_time = time;
  facts_.first_time = std::min(facts_.first_time, time);
  facts_.last_time = std::max(facts_.last_time, time);
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
    note_chains(tls->facts, frames, kMaxFacts);
    add_frame(frames, frame);
    // A chain may have been stored before the flow began that now comes to need it.
    if (const auto open = flows_.find({record.source, record.flow}); open != flows_.end())
      note_chains(tls->facts, open->second.facts, kMaxFactFrames);
  }
}

void IndexBuilder::note_chains(const flow::TlsFacts& facts, Frames& frames,
                               std::size_t most) const {
  for (const auto* chain : {facts.chain.get(), facts.client_chain.get()}) {
    if (chain == nullptr) continue;
    if (const auto stored = chains_.find(chain->id); stored != chains_.end())
      add_frame(frames, stored->second, most);
  }
}

void IndexBuilder::take_ended(bool unfinished) {
  while (auto flow = assembler_.next()) {
    const auto open = flows_.find({flow->source, flow->id});
    const std::uint64_t first_frame = open->second.first_frame;
    Frames facts = std::move(open->second.facts);
    std::ranges::sort(facts);
    facts.erase(std::ranges::unique(facts).begin(), facts.end());
    std::erase_if(facts, [&](std::uint64_t frame) { return frame >= first_frame; });
    flows_.erase(open);
    const std::size_t text = text_size(*flow);
    const bool clipped = text > kMaxRowText;
    if (!clipped) text_ += text;
    rows_.emplace_back(*std::move(flow), unfinished, clipped, first_frame, std::move(facts));
  }
}

}  // namespace mitm::archive
