#include "lib/proxy/journal.h"

#include <catch2/catch.hpp>

#include "tests/support/record_lines.h"

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;

Duration waited(const test::MemoryJournal& journal) {
  return std::get<flow::FlowEnd>(journal.records.back().event).waited;
}

TEST_CASE(
    "what fails before anything was said began with the connection, or when the client began to "
    "ask") {
  test::MemoryJournal journal;
  journal.time = Time(100s);
  ConnectionJournal connection(journal, 1);
  journal.time += 5s;
  connection.write_failed_flow(flow::Kind::kTcp, {"timeout", ""});
  CHECK(waited(journal) == 5s);
  connection.note_asking();
  journal.time += 1s;
  connection.write_unreached({"a.example", 1}, flow::Kind::kTcp, {"dns", ""});
  CHECK(waited(journal) == 1s);
}

TEST_CASE("a clock that is set back makes nothing begin in the future") {
  test::MemoryJournal journal;
  journal.time = Time(100s);
  const ConnectionJournal connection(journal, 1);
  journal.time -= 5s;
  connection.write_failed_flow(flow::Kind::kTcp, {"timeout", ""});
  CHECK(waited(journal) == 0s);
}

}  // namespace
}  // namespace mitm::proxy
