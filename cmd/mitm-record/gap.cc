#include "cmd/mitm-record/gap.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "lib/flow/batch_queue.h"

namespace mitm::record {
namespace {

template <class Event>
bool is(const flow::Record& record) {
  return std::holds_alternative<Event>(record.event);
}

bool is_fact(const flow::Record& record) {
  return is<flow::ConnectionOpened>(record) || is<flow::ClientHelloSeen>(record) ||
         is<flow::ServerConnected>(record) || is<flow::TlsEstablished>(record);
}

/// Whether `later` says the same thing anew, so that `earlier` does not matter any more.
bool replaces(const flow::Record& later, const flow::Record& earlier) {
  if (later.event.index() != earlier.event.index()) return false;
  const auto* tls = std::get_if<flow::TlsEstablished>(&later.event);
  return tls == nullptr || tls->side == std::get<flow::TlsEstablished>(earlier.event).side;
}

}  // namespace

void Gap::note_written(const flow::Record& record) {
  if (record.flow == 0) return;
  if (is<flow::FlowEnd>(record)) {
    begun_.erase(record.flow);
  } else {
    begun_.insert(record.flow);
  }
}

void Gap::leave_out(const flow::Record& record) {
  ++records_;
  bytes_ += flow::approximate_size(record);
  if (record.connection != 0) leave_out_of_connection(record);
  if (record.flow != 0) leave_out_of_flow(record);
}

void Gap::leave_out_of_connection(const flow::Record& record) {
  if (const auto* closed = std::get_if<flow::ConnectionClosed>(&record.event)) {
    LostConnection& lost = connections_[record.connection];
    const bool lies_in_gap = !lost.facts.empty() && is<flow::ConnectionOpened>(lost.facts.front());
    if (lies_in_gap) {
      connections_.erase(record.connection);
    } else {
      lost = {.facts = {}, .closed = *closed};
    }
  } else if (is_fact(record)) {
    auto& facts = connections_[record.connection].facts;
    std::erase_if(facts, [&](const flow::Record& known) { return replaces(record, known); });
    facts.push_back(record);
  }
}

void Gap::leave_out_of_flow(const flow::Record& record) {
  LostPart& lost = flows_[record.flow];
  lost.connection = record.connection;
  ++lost.records;
  lost.bytes += flow::approximate_size(record);
  const auto* end = std::get_if<flow::FlowEnd>(&record.event);
  if (end == nullptr) return;
  damaged_.erase(record.flow);
  if (begun_.erase(record.flow) > 0) {
    lost.end = *end;
  } else {
    flows_.erase(record.flow);
  }
}

flow::CaptureGap Gap::total(std::string reason) const {
  return {.reason = std::move(reason), .records = records_, .bytes = bytes_};
}

std::vector<flow::Record> Gap::close(Time now, const std::string& reason) {
  std::vector<flow::Record> result;
  result.push_back({.time = now, .event = total(reason)});
  put_facts(now, result);
  put_flows(now, reason, result);
  for (const auto& [id, lost] : connections_) {
    if (lost.closed) result.push_back({.time = now, .connection = id, .event = *lost.closed});
  }
  records_ = bytes_ = 0;
  flows_.clear();
  connections_.clear();
  return result;
}

std::vector<flow::Record> Gap::lose(const std::vector<Written>& lost, const std::string& reason) {
  flow::CaptureGap all{.reason = reason, .records = lost.size()};
  std::map<flow::FlowId, flow::Record> parts;
  for (const Written& record : lost) {
    all.bytes += record.bytes;
    if (record.flow == 0 || !begun_.contains(record.flow)) continue;
    damaged_.insert(record.flow);
    flow::Record& part = parts[record.flow];
    part.connection = record.connection;
    part.flow = record.flow;
    if (!is<flow::CaptureGap>(part)) part.event = flow::CaptureGap{.reason = reason};
    auto& gap = std::get<flow::CaptureGap>(part.event);
    ++gap.records;
    gap.bytes += record.bytes;
  }
  std::vector<flow::Record> result = {{.event = std::move(all)}};
  for (auto& [id, part] : parts) result.push_back(std::move(part));
  return result;
}

/// A fact that was told for a flow which is over must not bring that flow back.
void Gap::put_facts(Time now, std::vector<flow::Record>& out) {
  for (auto& [id, lost] : connections_) {
    for (flow::Record& fact : lost.facts) {
      fact.time = now;
      if (!flows_.contains(fact.flow)) fact.flow = 0;
      out.push_back(std::move(fact));
    }
  }
}

void Gap::put_flows(Time now, const std::string& reason, std::vector<flow::Record>& out) {
  for (const auto& [id, lost] : flows_) {
    const flow::CaptureGap part{.reason = reason, .records = lost.records, .bytes = lost.bytes};
    out.push_back({.time = now, .connection = lost.connection, .flow = id, .event = part});
    if (lost.end) {
      out.push_back({.time = now, .connection = lost.connection, .flow = id, .event = *lost.end});
    } else {
      damaged_.insert(id);
      begun_.insert(id);
    }
  }
}

}  // namespace mitm::record
