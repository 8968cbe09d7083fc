#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "lib/flow/record.h"

/// Makes the records of small recordings.
namespace mitm::test {

/// Milliseconds after 2023-11-14T22:13:20Z.
inline Time at(double milliseconds) {
  return Time(std::chrono::seconds(1'700'000'000)) +
         std::chrono::nanoseconds(static_cast<std::int64_t>(milliseconds * 1e6));
}

/// Collects records; each verb appends one and returns the script, so that they chain. The
/// connection and the flow stay until they are set again.
class RecordScript {
 public:
  RecordScript& source(std::uint16_t number) { return source_ = number, *this; }
  RecordScript& connection(flow::ConnectionId id) { return connection_ = id, flow_ = 0, *this; }
  RecordScript& flow(flow::FlowId id) { return flow_ = id, *this; }

  RecordScript& add(double milliseconds, flow::Event event) {
    records_.push_back({.time = at(milliseconds),
                        .connection = connection_,
                        .flow = flow_,
                        .source = source_,
                        .event = std::move(event)});
    return *this;
  }
  /// A fact as a later file of a rotated recording repeats it.
  RecordScript& add_repeated(double milliseconds, flow::Event event) {
    add(milliseconds, std::move(event));
    records_.back().repeated = true;
    return *this;
  }
  [[nodiscard]] const std::vector<flow::Record>& records() const { return records_; }

 private:
  std::uint16_t source_ = 0;
  flow::ConnectionId connection_ = 0;
  flow::FlowId flow_ = 0;
  std::vector<flow::Record> records_;
};

/// A GET head as HTTP/1 has it; `extra` are whole header lines with their ends.
inline flow::RequestHead request_head(const std::string& method, const std::string& scheme,
                                      const std::string& authority, const std::string& target,
                                      const std::string& extra = "") {
  return {
      .method = method,
      .scheme = scheme,
      .target = target,
      .authority = authority,
      .version = "HTTP/1.1",
      .raw = method + " " + target + " HTTP/1.1\r\nHost: " + authority + "\r\n" + extra + "\r\n"};
}

inline flow::ResponseHead response_head(std::uint16_t status, const std::string& reason,
                                        const std::string& extra = "") {
  return {.version = "HTTP/1.1",
          .status = status,
          .reason = reason,
          .raw = "HTTP/1.1 " + std::to_string(status) + " " + reason + "\r\n" + extra + "\r\n"};
}

inline flow::MessageEnd message_end(flow::Side sender, std::uint64_t size = 0) {
  return {.sender = sender, .body_size = size, .recorded_size = size};
}

inline flow::ConnectionOpened from_client(std::uint16_t port = 40000) {
  return {.client = {"127.0.0.1", port}, .listener = {"127.0.0.1", 8080}};
}

inline flow::ServerConnected to_server(const std::string& host, const std::string& address,
                                       std::uint16_t port = 443) {
  return {.target = {host, port},
          .server = {address, port},
          .resolve = std::chrono::milliseconds(2),
          .connect = std::chrono::milliseconds(10)};
}

}  // namespace mitm::test
