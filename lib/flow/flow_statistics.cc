#include "lib/flow/flow_statistics.h"

#include <algorithm>

#include "lib/base/ascii.h"

namespace mitm::flow {
namespace {

/// "host", "host:port", "[v6]:port" without the port and the brackets.
std::string_view without_port(std::string_view authority) {
  if (authority.starts_with('[')) {
    return authority.substr(1, std::min(authority.find(']'), authority.size()) - 1);
  }
  const std::size_t colon = authority.find(':');
  return colon == authority.rfind(':') ? authority.substr(0, colon) : authority;
}

std::string_view host_as_given(const Flow& flow) {
  if (flow.request && !flow.request->authority.empty())
    return without_port(flow.request->authority);
  if (flow.client && flow.client->hello && !flow.client->hello->sni.empty()) {
    return flow.client->hello->sni;
  }
  if (!flow.server) return {};
  return flow.server->target.host.empty() ? flow.server->address.address : flow.server->target.host;
}

}  // namespace

std::string host_of(const Flow& flow) {
  std::string host(host_as_given(flow));
  std::ranges::transform(host, host.begin(), to_lower);
  return host;
}

void FlowStatistics::add(const Flow& flow) {
  ++flows;
  passed += flow.passed ? 1 : 0;
  incomplete += flow.complete ? 0 : 1;
  ++kinds.at(static_cast<std::size_t>(flow.kind));
  if (flow.request) methods.add(flow.request->method);
  if (flow.response) {
    const unsigned digit = flow.response->status / 100;
    ++statuses.at(digit < kStatusClasses ? digit : 0);
  } else if (flow.request) {
    ++unanswered;
  }
  bytes_from_client += flow.bytes_from_client;
  bytes_to_client += flow.bytes_to_client;
  request_bodies += flow.sent.body_size;
  response_bodies += flow.received.body_size;
  first = std::min(first.value_or(flow.start), flow.start);
  last = std::max(last.value_or(flow.end), flow.end);
  durations.add(static_cast<std::uint64_t>(std::max(flow.duration(), Duration::zero()).count()));
  hosts.add(host_of(flow), flow.bytes_from_client + flow.bytes_to_client);
  if (flow.error) {
    ++failed;
    errors.add(flow.error->kind);
  }
  for (const Anomaly& anomaly : flow.anomalies) anomalies.add(anomaly.name);
  more_anomalies += flow.anomaly_count - flow.anomalies.size();
}

}  // namespace mitm::flow
