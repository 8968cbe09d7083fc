#include "lib/proxy/tap.h"

#include <catch2/catch.hpp>

#include "tests/support/record_lines.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using flow::Side;

std::unique_ptr<Tap> sniffing(test::MemoryJournal& journal) {
  return make_sniffing_tap({journal, 1}, {}, {"http", "a"});
}

TEST_CASE("raw bytes are one flow, which both directions share") {
  test::MemoryJournal journal;
  const auto tap = make_raw_tap({journal, 1}, {});
  tap->on_bytes(Side::kClient, "ab");
  tap->on_bytes(Side::kServer, "xyz");
  tap->on_bytes(Side::kClient, "c");
  CHECK_FALSE(tap->idle());
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) == Lines{"1 client bytes ab", "1 server bytes xyz",
                                                     "1 client bytes c", "1 end tcp complete 3/3"});
}

TEST_CASE("raw bytes are cut at the snap length, for each direction, and counted in full") {
  test::MemoryJournal journal;
  const auto tap = make_raw_tap({journal, 1}, {.snap_length = 4});
  tap->on_bytes(Side::kClient, "abc");
  tap->on_bytes(Side::kClient, "def");
  tap->on_bytes(Side::kClient, "ghi");
  tap->on_bytes(Side::kServer, "x");
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) == Lines{"1 client bytes abcd", "1 server bytes x",
                                                     "1 client anomaly snapped",
                                                     "1 end tcp complete 9/1"});
}

TEST_CASE("raw bytes fit into records") {
  test::MemoryJournal journal;
  const auto tap = make_raw_tap({journal, 1}, {});
  tap->on_bytes(Side::kClient, std::string(3 * flow::kMaxChunk + 1, 'x'));
  CHECK(journal.records.size() == 4);
}

TEST_CASE("a raw flow that was cut or failed is incomplete") {
  test::MemoryJournal journal;
  const auto cut = make_raw_tap({journal, 1}, {});
  cut->on_end(Side::kServer, false);
  cut->close(std::nullopt);
  const auto failed = make_raw_tap({journal, 1}, {});
  failed->close(flow::FlowError{"server-reset", "x"});
  CHECK(test::record_lines(journal.records) ==
        Lines{"1 end tcp incomplete 0/0", "2 end tcp incomplete error server-reset 0/0"});
}

TEST_CASE("what was odd before a flow is its first record") {
  test::MemoryJournal journal;
  make_raw_tap({journal, 1}, {}, {{Side::kClient, "a", ""}, {Side::kClient, "b", ""}})
      ->close(std::nullopt);
  make_passing_tap({journal, 1}, flow::Kind::kTls, {{Side::kClient, "c", ""}})->close(std::nullopt);
  CHECK(test::record_lines(journal.records) == Lines{"1 client anomaly a", "1 client anomaly b",
                                                     "1 end tcp complete 0/0", "2 client anomaly c",
                                                     "2 end tls complete passed 0/0"});
}

TEST_CASE("what is passed through is counted, not recorded") {
  test::MemoryJournal journal;
  const auto tap = make_passing_tap({journal, 1}, flow::Kind::kTls);
  tap->on_bytes(Side::kClient, "abc");
  tap->on_bytes(Side::kServer, "x");
  tap->on_end(Side::kClient, true);
  CHECK_FALSE(tap->idle());
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) == Lines{"1 end tls complete passed 3/1"});
}

TEST_CASE("a client that begins like a request is HTTP/1, also one byte at a time") {
  test::MemoryJournal journal;
  const auto tap = sniffing(journal);
  CHECK(tap->idle());
  for (const char byte : std::string("GET / HTTP/1.0\r\n\r\n"))
    tap->on_bytes(Side::kClient, {&byte, 1});
  CHECK_FALSE(tap->idle());
  tap->on_bytes(Side::kServer, "HTTP/1.0 204 No Content\r\n\r\n");
  CHECK(tap->idle());
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records).front() == "1 request GET http://a/");
}

TEST_CASE("a client that does not is bytes, from the first one on") {
  test::MemoryJournal journal;
  const auto tap = sniffing(journal);
  tap->on_bytes(Side::kClient, "SSH");
  CHECK(journal.records.empty());
  tap->on_bytes(Side::kClient, "-2.0-x\r\n");
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) ==
        Lines{"1 client bytes SSH-2.0-x\r\n", "1 end tcp complete 11/0"});
}

TEST_CASE("a server that speaks first makes it bytes") {
  test::MemoryJournal journal;
  const auto tap = sniffing(journal);
  tap->on_bytes(Side::kClient, "GE");
  tap->on_bytes(Side::kServer, "220 hi\r\n");
  tap->on_bytes(Side::kClient, "T / HTTP/1.1\r\n");
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) ==
        Lines{"1 client bytes GE", "1 server bytes 220 hi\r\n", "1 client bytes T / HTTP/1.1\r\n",
              "1 end tcp complete 16/8"});
}

TEST_CASE("undecided bytes are recorded when the connection ends") {
  test::MemoryJournal journal;
  const auto tap = sniffing(journal);
  tap->on_bytes(Side::kClient, "GE");
  CHECK_FALSE(tap->idle());
  tap->on_end(Side::kClient, true);
  tap->close(std::nullopt);
  CHECK(test::record_lines(journal.records) ==
        Lines{"1 client bytes GE", "1 end tcp complete 2/0"});
}

TEST_CASE("a connection on which nobody said anything is no flow, unless it failed") {
  test::MemoryJournal journal;
  const auto silent = sniffing(journal);
  silent->on_end(Side::kClient, true);
  silent->on_end(Side::kServer, true);
  silent->close(std::nullopt);
  CHECK(journal.records.empty());
  sniffing(journal)->close(flow::FlowError{"server-reset", "x"});
  CHECK(test::record_lines(journal.records) ==
        Lines{"1 end tcp incomplete error server-reset 0/0"});
}

}  // namespace
}  // namespace mitm::proxy
