#include "tests/support/record_lines.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "lib/wire/target.h"

namespace mitm::test {
namespace {

const char* name(flow::Side side) { return side == flow::Side::kClient ? "client" : "server"; }

std::string kind_of(const std::optional<flow::FlowError>& error) {
  return error ? fmt::format(" error {}", error->kind) : std::string();
}

struct Line {
  std::string text;       ///< what it says
  std::string data = {};  ///< appended, and merged with what comes next of the same text
};

struct Describe {
  Line operator()(const flow::ConnectionOpened&) const { return {"opened"}; }
  Line operator()(const flow::ServerConnected& event) const {
    return {fmt::format("{} {}", event.server.address.empty() ? "unreached" : "connected",
                        to_string(event.target))};
  }
  Line operator()(const flow::ClientHelloSeen& event) const { return {"hello " + event.facts.sni}; }
  Line operator()(const flow::TlsEstablished& event) const {
    return {fmt::format("tls {} {}", name(event.side), event.facts.alpn)};
  }
  Line operator()(const flow::RequestHead& event) const {
    return {fmt::format("request {} {}", event.method,
                        wire::format_url(event.scheme, event.authority, event.target))};
  }
  Line operator()(const flow::ResponseHead& event) const {
    return {fmt::format("response {}", event.status)};
  }
  Line operator()(const flow::BodyChunk& event) const {
    return {fmt::format("{} body ", name(event.sender)), event.data};
  }
  Line operator()(const flow::RawBytes& event) const {
    return {fmt::format("{} bytes ", name(event.sender)), event.data};
  }
  Line operator()(const flow::Trailers& event) const {
    return {fmt::format("{} trailers {}", name(event.sender), event.raw)};
  }
  Line operator()(const flow::MessageEnd& event) const {
    auto text = fmt::format("{} end {}", name(event.sender), event.body_size);
    if (event.recorded_size != event.body_size)
      text += fmt::format(" recorded {}", event.recorded_size);
    return {text + (event.complete ? "" : " incomplete")};
  }
  Line operator()(const flow::Anomaly& event) const {
    return {fmt::format("{} anomaly {}", name(event.sender), event.name)};
  }
  Line operator()(const flow::FlowEnd& event) const {
    return {fmt::format("end {} {}{}{} {}/{}", to_string(event.kind),
                        event.complete ? "complete" : "incomplete", event.passed ? " passed" : "",
                        kind_of(event.error), event.bytes_from_client, event.bytes_to_client)};
  }
  Line operator()(const flow::ConnectionClosed& event) const {
    return {"closed" + kind_of(event.error)};
  }
  template <class Other>
  Line operator()(const Other&) const {
    return {"other"};
  }
};

}  // namespace

std::vector<std::string> record_lines(const std::vector<flow::Record>& records,
                                      std::size_t longest) {
  std::vector<std::string> lines;
  Line last;
  const auto flush = [&] {
    if (last.text.empty()) return;
    lines.push_back(last.text + (last.data.size() > longest ? fmt::format("({})", last.data.size())
                                                            : last.data));
  };
  for (const auto& record : records) {
    Line line = std::visit(Describe{}, record.event);
    line.text = fmt::format("{} {}", record.flow, line.text);
    if (!line.data.empty() && line.text == last.text) {
      last.data += line.data;
      continue;
    }
    flush();
    last = std::move(line);
  }
  flush();
  return lines;
}

std::vector<std::string> flow_lines(const std::vector<flow::Record>& records, flow::FlowId flow) {
  std::vector<flow::Record> mine;
  for (const auto& record : records) {
    if (record.flow == flow) mine.push_back(record);
  }
  auto lines = record_lines(mine);
  for (auto& line : lines) line.erase(0, line.find(' ') + 1);
  return lines;
}

std::vector<std::string> disorder(const std::vector<flow::Record>& records) {
  std::vector<std::string> found;
  std::set<flow::FlowId> running;
  std::set<flow::FlowId> over;
  std::map<flow::ConnectionId, bool> closed;
  for (const auto& record : records) {
    const bool opens = std::holds_alternative<flow::ConnectionOpened>(record.event);
    const auto [connection, is_new] = closed.try_emplace(record.connection, false);
    if (opens != is_new)
      found.push_back(fmt::format("connection {} is not opened once, first", record.connection));
    if (connection->second)
      found.push_back(fmt::format("connection {} goes on after its end", record.connection));
    connection->second |= std::holds_alternative<flow::ConnectionClosed>(record.event);
    if (record.flow == 0) continue;
    if (over.contains(record.flow))
      found.push_back(fmt::format("flow {} goes on after its end", record.flow));
    running.insert(record.flow);
    if (std::holds_alternative<flow::FlowEnd>(record.event)) over.insert(record.flow);
  }
  for (const auto flow : running) {
    if (!over.contains(flow)) found.push_back(fmt::format("flow {} never ends", flow));
  }
  for (const auto& [connection, is_closed] : closed) {
    if (!is_closed) found.push_back(fmt::format("connection {} is never closed", connection));
  }
  return found;
}

}  // namespace mitm::test
