#include "tests/archive/story.h"

#include <random>

#include "formats/ndjson.h"
#include "lib/archive/format.h"
#include "lib/render/line.h"

namespace mitm::test {

using namespace std::chrono_literals;
using flow::Side;

namespace {

/// Tells flows side by side, each a step at a time.
class Story {
 public:
  explicit Story(unsigned flows) : left_(flows) {}

  Bytes tell() {
    while (left_ > 0 || !open_.empty()) {
      if (left_ > 0 && open_.size() < 6 && chance(3)) begin();
      if (!open_.empty()) step(below(open_.size()));
      if (chance(7)) recording_.flush();
      if (chance(25)) recording_.clock().advance(archive::kMaxFrameAge);
      recording_.clock().advance(1ms);
    }
    for (flow::ConnectionId id : connections_)
      if (id % 3 != 0) add(id, 0, flow::ConnectionClosed{});
    return recording_.finish().bytes();
  }

 private:
  struct Open {
    flow::ConnectionId connection = 0;
    flow::FlowId flow = 0;
    unsigned steps = 0;
    std::uint64_t body = 0;
  };

  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool chance(unsigned one_in) { return below(one_in) == 0; }

  void add(flow::ConnectionId connection, flow::FlowId flow, flow::Event event) {
    recording_.write({.time = recording_.clock().now(),
                      .connection = connection,
                      .flow = flow,
                      .event = std::move(event)});
  }

  flow::ConnectionId connection() {
    if (!connections_.empty() && !chance(3)) return connections_[below(connections_.size())];
    const flow::ConnectionId id = connections_.size() + 1;
    connections_.push_back(id);
    add(id, 0,
        flow::ConnectionOpened{.client = {"127.0.0.1", static_cast<std::uint16_t>(40000 + id)},
                               .listener = {"127.0.0.1", 8080}});
    if (chance(2)) connect(id, 0);
    if (chance(2))
      add(id, 0, flow::ClientHelloSeen{.facts = {.sni = "sni.example"}, .raw = "hello"});
    if (chance(2)) secure(id, Side::kClient, 0);
    return id;
  }

  void connect(flow::ConnectionId id, flow::FlowId flow) {
    add(id, flow,
        flow::ServerConnected{.target = {"host" + std::to_string(below(9)) + ".example", 443},
                              .server = {"192.0.2." + std::to_string(below(99)), 443},
                              .resolve = 2ms,
                              .connect = 3ms});
    if (chance(2)) secure(id, Side::kServer, flow);
  }

  void secure(flow::ConnectionId id, Side side, flow::FlowId flow) {
    const auto chain = sample_chain(static_cast<char>('a' + below(5)));
    add(id, flow,
        flow::TlsEstablished{.side = side,
                             .facts = {.version = "TLSv1.3",
                                       .cipher = "TLS_AES_128_GCM_SHA256",
                                       .verify = side == Side::kServer ? "ok" : "",
                                       .chain = chain,
                                       .handshake = 5ms}});
  }

  void begin() {
    --left_;
    open_.push_back({.connection = connection(), .flow = ++last_flow_});
    const Open& one = open_.back();
    if (chance(8)) return add(one.connection, one.flow, flow::RawBytes{.data = "raw"});
    add(one.connection, one.flow, get("/" + std::to_string(one.flow)));
    if (chance(3)) connect(one.connection, one.flow);
  }

  void step(std::size_t number) {
    Open& one = open_[number];
    switch (below(6)) {
      case 0:
        return add(one.connection, one.flow,
                   flow::ResponseHead{.version = "HTTP/1.1",
                                      .status = static_cast<std::uint16_t>(100 + 50 * below(9)),
                                      .reason = "So",
                                      .raw = "HTTP/1.1 so\r\n\r\n"});
      case 1:
        return add(one.connection, one.flow,
                   flow::Anomaly{.name = "bare-lf", .detail = "line " + std::to_string(number)});
      case 2:
        return end(number);
      default:
        const std::size_t size = below(3000);
        one.body += size;
        return add(one.connection, one.flow,
                   flow::BodyChunk{.sender = Side::kServer, .data = Bytes(size, 'b')});
    }
  }

  void end(std::size_t number) {
    const Open one = open_[number];
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(number));
    if (chance(15)) return;  // it never ends
    if (chance(2)) {
      add(one.connection, one.flow,
          flow::MessageEnd{
              .sender = Side::kServer, .body_size = one.body, .recorded_size = one.body});
    }
    flow::FlowEnd end{.complete = !chance(4), .bytes_from_client = 7, .bytes_to_client = one.body};
    if (chance(6)) end.error = flow::FlowError{"server-reset", "connection reset by peer"};
    add(one.connection, one.flow, end);
  }

  unsigned left_;
  Recording recording_{{.run_id = 77, .tool = "story 1"}};
  std::mt19937 random_{4711};
  std::vector<flow::ConnectionId> connections_;
  std::vector<Open> open_;
  flow::FlowId last_flow_ = 0;
};

}  // namespace

flow::RequestHead get(const std::string& target) {
  return {.method = "GET",
          .scheme = "https",
          .target = target,
          .authority = "host.example",
          .version = "HTTP/1.1",
          .raw = "GET " + target + " HTTP/1.1\r\nHost: host.example\r\n\r\n",
          .fields = {}};
}

void tell_flow(Recording& recording, const Told& told) {
  const auto add = [&](flow::FlowId flow, flow::Event event) {
    recording.write({.time = recording.clock().now(),
                     .connection = told.connection,
                     .flow = flow,
                     .event = std::move(event)});
  };
  add(0, flow::ConnectionOpened{.client = {"127.0.0.1", 40000}, .listener = {"127.0.0.1", 8080}});
  add(told.id, get("/" + std::to_string(told.id)));
  add(told.id, flow::FlowEnd{});
  add(0, flow::ConnectionClosed{});
}

Bytes long_story(unsigned flows) { return Story(flows).tell(); }

std::string line_of(const flow::Flow& flow) {
  std::string line = format_rfc3339(flow.start) + " ";
  render::append_line(line, flow, {.show_run = true});
  return line;
}

std::string everything_of(const flow::Flow& flow) {
  auto content = std::make_shared<Bytes>();
  MemorySink sink(content);
  formats::NdjsonWriter writer({}, sink);
  if (!writer.write(flow, nullptr)) return "not written";
  return *content;
}

}  // namespace mitm::test
