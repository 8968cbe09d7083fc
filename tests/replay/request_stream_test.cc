#include "lib/replay/request_stream.h"

#include <catch2/catch.hpp>
#include <vector>

#include "tests/support/records.h"

namespace mitm::replay {
namespace {

using flow::Side;
using test::message_end;
using test::request_head;
using test::response_head;

std::vector<RecordedRequest> take_all(RequestStream& stream) {
  std::vector<RecordedRequest> requests;
  while (auto request = stream.next()) requests.push_back(*std::move(request));
  return requests;
}

std::vector<flow::FlowId> ids(const std::vector<RecordedRequest>& requests) {
  std::vector<flow::FlowId> result;
  for (const auto& request : requests) result.push_back(request.id);
  return result;
}

void add(RequestStream& stream, const test::RecordScript& script) {
  for (flow::Record record : script.records()) REQUIRE(stream.add(std::move(record)));
}

std::string body_of(const RecordedRequest& request) {
  std::string body(request.body->size(), '\0');
  std::size_t at = 0;
  while (at < body.size()) at += request.body->read_at(at, std::span(body).subspan(at)).value();
  return body;
}

test::RecordScript& get(test::RecordScript& script, flow::FlowId id) {
  return script.flow(id)
      .add(0, request_head("GET", "http", "a", "/"))
      .add(0, message_end(Side::kClient));
}

TEST_CASE("a request comes out when it has ended and its answer has begun") {
  RequestStream stream;
  test::RecordScript head, rest;
  add(stream, head.connection(1).flow(1).add(0, request_head("POST", "http", "a", "/")));
  add(stream, rest.connection(1).flow(1).add(1, flow::BodyChunk{Side::kClient, "one "}));
  CHECK_FALSE(stream.next());
  test::RecordScript answer;
  add(stream, answer.connection(1)
                  .flow(1)
                  .add(2, response_head(100, "Continue"))
                  .add(3, flow::BodyChunk{Side::kClient, "two"})
                  .add(4, flow::Trailers{.sender = Side::kClient, .raw = "X: y\r\n"})
                  .add(5, message_end(Side::kClient, 7)));
  CHECK_FALSE(stream.next());
  test::RecordScript final_answer;
  add(stream, final_answer.connection(1).flow(1).add(6, response_head(201, "Created")));
  const auto request = stream.next();
  REQUIRE(request);
  CHECK(request->id == 1);
  CHECK(request->status == 201);
  CHECK(body_of(*request) == "one two");
  CHECK(request->trailers == "X: y\r\n");
  CHECK(request->gap.empty());
  CHECK_FALSE(stream.next());
}

TEST_CASE("what a server sends is not taken for the request") {
  RequestStream stream;
  test::RecordScript script;
  get(script.connection(1), 1)
      .add(1, response_head(200, "OK"))
      .add(2, flow::BodyChunk{Side::kServer, "no"})
      .add(3, flow::Trailers{.sender = Side::kServer, .raw = "No: no\r\n"})
      .add(4, message_end(Side::kServer, 2));
  add(stream, script);
  const auto request = stream.next();
  REQUIRE(request);
  CHECK(body_of(*request).empty());
  CHECK(request->trailers.empty());
  CHECK(request->gap.empty());
}

TEST_CASE("overlapping flows come out in the order of their heads") {
  RequestStream stream;
  test::RecordScript script;
  get(script.connection(1), 3);
  get(script.connection(2), 1);
  get(script.connection(3), 2);
  script.flow(2).add(1, response_head(200, "OK")).flow(1).add(2, response_head(200, "OK"));
  add(stream, script);
  CHECK(take_all(stream).empty());
  test::RecordScript last;
  add(stream, last.connection(1).flow(3).add(3, response_head(200, "OK")));
  CHECK(ids(take_all(stream)) == std::vector<flow::FlowId>{3, 1, 2});
}

TEST_CASE("a request that was never answered comes out when its flow ends") {
  RequestStream stream;
  test::RecordScript script;
  get(script.connection(1), 1).add(1, flow::FlowEnd{.complete = false});
  add(stream, script);
  const auto request = stream.next();
  REQUIRE(request);
  CHECK_FALSE(request->status);
  CHECK(request->gap.empty());
}

TEST_CASE("the end of a connection or of the recording ends what is open") {
  RequestStream stream;
  test::RecordScript script;
  script.connection(1).flow(1).add(0, request_head("POST", "http", "a", "/"));
  get(script.connection(2), 2);
  script.connection(1).add(1, flow::ConnectionClosed{});
  add(stream, script);
  const auto cut = stream.next();
  REQUIRE(cut);
  CHECK(cut->id == 1);
  CHECK(cut->gap == "its end was not recorded");
  CHECK_FALSE(stream.next());
  stream.finish();
  CHECK(ids(take_all(stream)) == std::vector<flow::FlowId>{2});
}

TEST_CASE("a body that is not whole is a gap that says how much there is") {
  const auto gap_of = [](const std::string& body, const flow::MessageEnd& end) {
    RequestStream stream;
    test::RecordScript script;
    add(stream, script.connection(1)
                    .flow(1)
                    .add(0, request_head("POST", "http", "a", "/"))
                    .add(0, flow::BodyChunk{Side::kClient, body})
                    .add(0, end)
                    .add(0, flow::FlowEnd{}));
    return stream.next().value().gap;
  };
  CHECK(gap_of("12345", {Side::kClient, 5, 5, true}).empty());
  CHECK(gap_of("12345", {Side::kClient, 9, 5, true}) ==
        "only 5 of the 9 bytes of its body were recorded");
  CHECK(gap_of("123", {Side::kClient, 5, 5, true}) ==
        "2 of the 5 bytes of its body are missing in the archive");
  CHECK(gap_of("12345", {Side::kClient, 5, 5, false}) == "it was cut short when it was recorded");
}

TEST_CASE("the server is the connection's, or the one that was reached for the flow") {
  RequestStream stream;
  test::RecordScript script;
  script.connection(1).add(0, test::to_server("one", "192.0.2.1", 443));
  get(script, 1).add(1, response_head(200, "OK"));
  script.flow(2)
      .add(2, request_head("GET", "http", "two", "/"))
      .add(3, test::to_server("two", "192.0.2.2", 80))
      .add(3, message_end(Side::kClient))
      .add(4, response_head(200, "OK"));
  get(script.connection(2), 3).add(5, response_head(200, "OK"));
  add(stream, script);
  const auto requests = take_all(stream);
  REQUIRE(requests.size() == 3);
  CHECK(requests[0].server == flow::Target{"one", 443});
  CHECK(requests[1].server == flow::Target{"two", 80});
  CHECK_FALSE(requests[2].server);
}

TEST_CASE("the same ids in two runs are two requests") {
  RequestStream stream;
  test::RecordScript script;
  script.add(0, flow::Header{.run_id = 10}).source(1).add(0, flow::Header{.run_id = 20});
  get(script.source(0).connection(1), 1);
  get(script.source(1), 1).add(1, response_head(404, "Not Found"));
  script.source(0).add(2, response_head(200, "OK"));
  add(stream, script);
  const auto requests = take_all(stream);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].run == 10);
  CHECK(requests[0].status == 200);
  CHECK(requests[1].run == 20);
  CHECK(requests[1].status == 404);
}

TEST_CASE("a request that holds up too many is overtaken and comes out later") {
  RequestStream stream({.requests = 3});
  test::RecordScript script;
  get(script.connection(1), 1);
  for (flow::FlowId id = 2; id <= 4; ++id) get(script, id).add(1, response_head(200, "OK"));
  add(stream, script);
  CHECK(ids(take_all(stream)) == std::vector<flow::FlowId>{2});
  test::RecordScript late;
  add(stream, late.connection(1).flow(1).add(2, response_head(200, "OK")));
  CHECK(ids(take_all(stream)) == std::vector<flow::FlowId>{1, 3, 4});
}

TEST_CASE("large bodies that wait in files are bounded on their own") {
  RequestStream stream({.files = 1});
  test::RecordScript script;
  get(script.connection(1), 1);
  const Bytes large(RequestStream::kBodyInMemory + 1, 'x');
  script.flow(2)
      .add(1, request_head("POST", "http", "a", "/"))
      .add(1, flow::BodyChunk{Side::kClient, large})
      .add(1, message_end(Side::kClient, large.size()))
      .add(1, response_head(200, "OK"));
  add(stream, script);
  const auto request = stream.next();
  REQUIRE(request);
  CHECK(request->id == 2);
  CHECK(body_of(*request) == large);
}

TEST_CASE("a body without a head, as a torn recording has them, is left alone") {
  RequestStream stream;
  test::RecordScript script;
  script.connection(1)
      .flow(9)
      .add(0, flow::BodyChunk{Side::kClient, "x"})
      .add(0, message_end(Side::kClient, 1));
  add(stream, script.add(1, response_head(200, "OK")));
  stream.finish();
  CHECK_FALSE(stream.next());
}

}  // namespace
}  // namespace mitm::replay
