#include "lib/archive/connection_facts.h"

#include <variant>

namespace mitm::archive {
namespace {

using flow::Record;
using flow::Side;

bool is_fact(const Record& record) {
  return std::holds_alternative<flow::ConnectionOpened>(record.event) ||
         std::holds_alternative<flow::ServerConnected>(record.event) ||
         std::holds_alternative<flow::ClientHelloSeen>(record.event) ||
         std::holds_alternative<flow::TlsEstablished>(record.event);
}

bool is_of_server(const Record& record) {
  const auto* tls = std::get_if<flow::TlsEstablished>(&record.event);
  return std::holds_alternative<flow::ServerConnected>(record.event) ||
         (tls != nullptr && tls->side == Side::kServer);
}

/// Whether `older` says nothing any more. What was known of another server goes with it.
bool is_outdated(const Record& older, const Record& newer) {
  if (std::holds_alternative<flow::ServerConnected>(newer.event)) return is_of_server(older);
  if (older.event.index() != newer.event.index()) return false;
  const auto* tls = std::get_if<flow::TlsEstablished>(&older.event);
  return tls == nullptr || tls->side == std::get<flow::TlsEstablished>(newer.event).side;
}

}  // namespace

void ConnectionFacts::note(const Record& record) {
  if (std::holds_alternative<flow::ConnectionClosed>(record.event)) open_.erase(record.connection);
  if (record.connection == 0 || !is_fact(record)) return;
  std::vector<Record>& facts = open_[record.connection];
  std::erase_if(facts, [&](const Record& older) { return is_outdated(older, record); });
  facts.push_back(record);
  facts.back().flow = 0;
  facts.back().repeated = true;
}

Status ConnectionFacts::repeat(const std::function<Status(const Record&)>& write) const {
  for (const auto& [connection, facts] : open_) {
    for (const Record& fact : facts) MITM_TRY(write(fact));
  }
  return {};
}

}  // namespace mitm::archive
