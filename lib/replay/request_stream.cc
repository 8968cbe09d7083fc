#include "lib/replay/request_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace mitm::replay {
namespace {

using flow::Side;

bool in_file(const RecordedRequest& request) {
  return request.body->size() > RequestStream::kBodyInMemory;
}

/// What keeps a request from being sent as it was.
std::string find_gap(const std::optional<flow::MessageEnd>& end, const Spool& body) {
  if (!end) return "its end was not recorded";
  if (!end->complete) return "it was cut short when it was recorded";
  if (end->recorded_size < end->body_size) {
    return fmt::format("only {} of the {} bytes of its body were recorded", end->recorded_size,
                       end->body_size);
  }
  if (body.size() != end->recorded_size) {
    return fmt::format("{} of the {} bytes of its body are missing in the archive",
                       end->recorded_size - std::min(body.size(), end->recorded_size),
                       end->recorded_size);
  }
  return {};
}

}  // namespace

Status RequestStream::add(flow::Record&& record) {
  if (const auto* header = std::get_if<flow::Header>(&record.event)) {
    runs_[record.source] = header->run_id;
  } else if (const auto* server = std::get_if<flow::ServerConnected>(&record.event)) {
    on_server(record, *server);
  } else if (auto* head = std::get_if<flow::RequestHead>(&record.event)) {
    on_head(record, std::move(*head));
  } else if (std::holds_alternative<flow::ConnectionClosed>(record.event)) {
    on_connection_closed({record.source, record.connection});
  } else if (const auto found = by_flow_.find({record.source, record.flow});
             found != by_flow_.end() && !found->second->ready) {
    return on_event(*found->second, record);
  }
  return {};
}

void RequestStream::on_server(const flow::Record& record, const flow::ServerConnected& event) {
  servers_[{record.source, record.connection}] = event.target;
  const auto found = by_flow_.find({record.source, record.flow});
  if (found != by_flow_.end()) found->second->request.server = event.target;
}

void RequestStream::on_head(const flow::Record& record, flow::RequestHead&& head) {
  const flow::Key key{record.source, record.flow};
  const flow::Key connection{record.source, record.connection};
  if (by_flow_.contains(key)) return;
  Waiting& waiting = queue_.emplace_back();
  waiting.key = key;
  waiting.connection = connection;
  waiting.request.id = record.flow;
  if (const auto run = runs_.find(record.source); run != runs_.end()) {
    waiting.request.run = run->second;
  }
  waiting.request.head = std::move(head);
  if (const auto server = servers_.find(connection); server != servers_.end()) {
    waiting.request.server = server->second;
  }
  waiting.request.body = std::make_unique<Spool>(kBodyInMemory);
  by_flow_.emplace(key, std::prev(queue_.end()));
}

void RequestStream::on_connection_closed(const flow::Key& connection) {
  servers_.erase(connection);
  for (Waiting& waiting : queue_) {
    if (waiting.connection == connection) make_ready(waiting);
  }
}

Status RequestStream::on_event(Waiting& waiting, flow::Record& record) {
  RecordedRequest& request = waiting.request;
  if (const auto* chunk = std::get_if<flow::BodyChunk>(&record.event)) {
    if (chunk->sender == Side::kClient) return request.body->append(chunk->data);
  } else if (auto* trailers = std::get_if<flow::Trailers>(&record.event)) {
    if (trailers->sender == Side::kClient) request.trailers += trailers->raw;
  } else if (const auto* end = std::get_if<flow::MessageEnd>(&record.event)) {
    if (end->sender == Side::kClient) waiting.end = *end;
  } else if (const auto* head = std::get_if<flow::ResponseHead>(&record.event)) {
    if (!head->is_interim()) request.status = head->status;
  } else if (std::holds_alternative<flow::FlowEnd>(record.event)) {
    make_ready(waiting);
  }
  if (waiting.end && request.status) make_ready(waiting);
  return {};
}

void RequestStream::make_ready(Waiting& waiting) {
  if (std::exchange(waiting.ready, true)) return;
  waiting.request.gap = find_gap(waiting.end, *waiting.request.body);
  ++ready_;
  if (in_file(waiting.request)) ++ready_files_;
}

void RequestStream::finish() {
  for (Waiting& waiting : queue_) make_ready(waiting);
}

bool RequestStream::has_next() const {
  if (ready_ == 0) return false;
  return queue_.front().ready || ready_ >= limits_.requests || ready_files_ >= limits_.files;
}

std::optional<RecordedRequest> RequestStream::next() {
  if (!has_next()) return std::nullopt;
  return take(std::ranges::find_if(queue_, &Waiting::ready));
}

RecordedRequest RequestStream::take(Queue::iterator waiting) {
  RecordedRequest request = std::move(waiting->request);
  --ready_;
  if (in_file(request)) --ready_files_;
  by_flow_.erase(waiting->key);
  queue_.erase(waiting);
  return request;
}

}  // namespace mitm::replay
