#include "lib/proxy/http1_recording.h"

#include <catch2/catch.hpp>

#include "lib/flow/batch_queue.h"
#include "tests/support/record_lines.h"

// Fed through decoders in http1_tap_test.cc; here is what a tap never asks for.

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;

struct Fixture {
  test::MemoryJournal journal;
  Http1Recording recording{{journal, 1}, {}, "http", "known:81"};

  void request(const std::string& bytes) {
    wire::Http1Decoder decoder(wire::Role::kRequest, {.max_head = 1 << 20});
    decoder.feed(bytes);
    pump(decoder, [&](const wire::Event& event) { recording.on_request(event); });
  }
  void response(const std::string& bytes, ByteView method = "GET") {
    wire::Http1Decoder decoder(wire::Role::kResponse);
    decoder.expect({method, false});
    decoder.feed(bytes);
    pump(decoder, [&](const wire::Event& event) { recording.on_response(event); });
  }
  template <class Take>
  static void pump(wire::Http1Decoder& decoder, Take take) {
    while (true) {
      const auto event = decoder.next();
      if (std::holds_alternative<wire::NeedData>(event) ||
          std::holds_alternative<wire::Paused>(event))
        return;
      take(event);
    }
  }
  Lines lines() { return test::record_lines(journal.records); }
};

TEST_CASE("a head that no record can hold is recorded as bytes, and what fits besides") {
  Fixture f;
  const std::string target = "/" + std::string(200'000, 'u');
  const std::string head = "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string reason(180'000, 'r');
  f.request(head);
  f.response("HTTP/1.1 200 " + reason + "\r\nContent-Length: 0\r\n\r\n");
  std::string bytes;
  for (const auto& record : f.journal.records) {
    CHECK(flow::approximate_size(record) < 300 * 1024);
    if (const auto* request = std::get_if<flow::RequestHead>(&record.event)) {
      CHECK(request->target == target.substr(0, flow::kMaxChunk));
      CHECK(request->raw.empty());
    }
    if (const auto* raw = std::get_if<flow::RawBytes>(&record.event);
        raw != nullptr && raw->sender == flow::Side::kClient)
      bytes += raw->data;
  }
  CHECK(bytes == head);
  const auto lines = f.lines();
  CHECK(std::ranges::count_if(lines, [](const auto& line) {
          return line.find("head-too-large") != std::string::npos;
        }) == 2);
}

TEST_CASE("trailers that no record can hold are recorded as bytes") {
  Fixture f;
  const std::string trailers = "X-Sum: " + std::string(300'000, 's') + "\r\n\r\n";
  f.request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailers);
  std::string bytes;
  for (const auto& record : f.journal.records) {
    CHECK(flow::approximate_size(record) < 300 * 1024);
    if (const auto* raw = std::get_if<flow::RawBytes>(&record.event)) bytes += raw->data;
  }
  CHECK(bytes.ends_with(trailers));
  CHECK(std::ranges::any_of(f.lines(), [](const std::string& line) {
    return line.find("head-too-large") != std::string::npos;
  }));
}

TEST_CASE("the URL comes from the target, else from Host, else from the connection") {
  Fixture f;
  f.request("GET http://t:1/x?y HTTP/1.1\r\nHost: h\r\n\r\n");
  f.request("GET /x HTTP/1.1\r\nHost: h:2\r\n\r\n");
  f.request("GET /x HTTP/1.0\r\n\r\n");
  f.request("GET /?u=http://no HTTP/1.0\r\n\r\n");
  f.request("CONNECT c:3 HTTP/1.1\r\nHost: h\r\n\r\n");
  std::vector<std::pair<std::string, std::string>> where;
  for (const auto& record : f.journal.records) {
    if (const auto* head = std::get_if<flow::RequestHead>(&record.event))
      where.emplace_back(head->scheme, head->authority);
  }
  CHECK(where == decltype(where){{"http", "t:1"},
                                 {"http", "h:2"},
                                 {"http", "known:81"},
                                 {"http", "known:81"},
                                 {"http", "c:3"}});
}

TEST_CASE("an exchange that cannot be answered is over, and the next one is due") {
  Fixture f;
  f.request("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  f.request("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(f.recording.front() == 1);
  f.recording.fail_front({"dns", "no such host"});
  CHECK(f.recording.front() == 2);
  f.response("HTTP/1.1 204 No Content\r\n\r\n");
  CHECK(f.recording.idle());
  CHECK(f.recording.front() == 0);
  CHECK(f.lines() == Lines{"1 request GET http://h/1", "1 client end 0", "2 request GET http://h/2",
                           "2 client end 0", "1 end http incomplete error dns 28/0",
                           "2 response 204", "2 server end 0", "2 end http complete 28/27"});
}

TEST_CASE("failing or closing without an exchange records nothing") {
  Fixture f;
  f.recording.fail_front({"dns", "x"});
  f.recording.close(flow::FlowError{"aborted", "x"});
  CHECK(f.journal.records.empty());
}

TEST_CASE("a response that is complete before its request ends the flow with the request") {
  Fixture f;
  wire::Http1Decoder decoder(wire::Role::kRequest);
  const auto feed = [&](const std::string& bytes) {
    decoder.feed(bytes);
    Fixture::pump(decoder, [&](const wire::Event& event) { f.recording.on_request(event); });
  };
  feed("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
  f.response("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n", "POST");
  CHECK_FALSE(f.recording.idle());
  feed("b");
  CHECK(f.recording.idle());
  CHECK(f.lines().back() == "1 end http complete 49/45");
}

TEST_CASE("all open exchanges end when the connection does, each once") {
  Fixture f;
  f.request("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  f.request("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  f.recording.close(flow::FlowError{"client-reset", "x"});
  f.recording.close(std::nullopt);
  CHECK(std::ranges::count_if(f.lines(), [](const auto& line) {
          return line.find(" end http incomplete error client-reset") != std::string::npos;
        }) == 2);
  CHECK(f.recording.idle());
}

}  // namespace
}  // namespace mitm::proxy
