#include "lib/flow/body_store.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::test;

namespace {

Bytes content(SpoolSource source) {
  Bytes all;
  char buffer[1000];
  while (const std::size_t got = source.read(buffer).value()) all.append(buffer, got);
  return all;
}

void feed(BodyStore& store, const RecordScript& script) {
  for (const Record& record : script.records()) REQUIRE(store.add(record));
}

}  // namespace

TEST_CASE("bodies are kept apart by flow, side and source") {
  BodyStore store;
  RecordScript script;
  script.flow(1).add(0, BodyChunk{Side::kClient, "up"}).add(1, BodyChunk{Side::kServer, "down"});
  script.flow(2).add(2, BodyChunk{Side::kServer, "other"});
  script.flow(1).add(3, BodyChunk{Side::kServer, " and more"});
  script.source(1).flow(1).add(4, BodyChunk{Side::kServer, "elsewhere"});
  feed(store, script);
  const auto first = store.take(0, 1);
  CHECK(content(SpoolSource(first->body(Side::kClient))) == "up");
  CHECK(content(SpoolSource(first->body(Side::kServer))) == "down and more");
  CHECK(first->transcript.empty());
  CHECK(content(SpoolSource(store.take(0, 2)->response)) == "other");
  CHECK(content(SpoolSource(store.take(1, 1)->response)) == "elsewhere");
}

TEST_CASE("what was taken, or never came, is empty") {
  BodyStore store;
  feed(store, RecordScript().flow(1).add(0, BodyChunk{Side::kServer, "x"}));
  store.take(0, 1);
  CHECK(store.take(0, 1)->response.size() == 0);
  CHECK(store.take(5, 5)->transcript.empty());
}

TEST_CASE("a transcript tells who said what and when, in order, at any size") {
  BodyStore store;
  const Bytes large(Spool::kInMemory, 'L');
  RecordScript script;
  script.flow(1).add(1, RawBytes{Side::kClient, "hello"});
  script.add(2, RawBytes{Side::kServer, large});
  script.add(3, WebSocketMessage{Side::kClient, 2, false, true, "ws"});
  script.add(4, DnsMessage{Side::kServer, ""});
  feed(store, script);
  const auto bodies = store.take(0, 1);
  const Transcript& transcript = bodies->transcript;
  std::vector<Piece> pieces;
  std::vector<Bytes> contents;
  std::uint64_t position = 0;
  while (const auto piece = transcript.next(position).value()) {
    pieces.push_back(*piece);
    contents.push_back(content(transcript.bytes(*piece)));
  }
  REQUIRE(pieces.size() == 4);
  CHECK(contents == std::vector<Bytes>{"hello", large, "ws", ""});
  CHECK(pieces[0].time == at(1));
  CHECK(pieces[0].sender == Side::kClient);
  CHECK(pieces[0].kind == Kind::kTcp);
  CHECK(pieces[1].sender == Side::kServer);
  CHECK(pieces[2].kind == Kind::kWebSocket);
  CHECK(pieces[2].opcode == 2);
  CHECK_FALSE(pieces[2].final);
  CHECK(pieces[2].compressed);
  CHECK(pieces[3].kind == Kind::kDns);
  CHECK(pieces[3].final);
  CHECK_FALSE(pieces[3].compressed);
}
