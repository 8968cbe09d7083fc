#include "lib/archive/check.h"

#include <catch2/catch.hpp>

#include "tests/archive/story.h"

using namespace mitm;
using archive::CheckReport;
using mitm::test::Recording;

namespace {

CheckReport checked(const Bytes& archive) {
  return archive::check(std::make_unique<test::MemorySource>(archive), "memory").value();
}

}  // namespace

TEST_CASE("what a writer writes is clean, and everything is counted") {
  const Bytes archive = test::long_story(100);
  const CheckReport report = checked(archive);
  CHECK(report.faults == std::vector<std::string>());
  CHECK(report.clean());
  CHECK(report.flows + report.unfinished == 100);
  CHECK(report.unfinished > 0);
  CHECK(report.frames == test::data_frames(archive));
  CHECK(report.summaries == report.frames + 2);
  CHECK(report.archives == 1);
}

TEST_CASE("joined archives are clean") {
  const CheckReport report = checked(
      test::long_story(30) + Recording({.run_id = 5}).finish().bytes() + test::long_story(20));
  CHECK(report.faults == std::vector<std::string>());
  CHECK(report.clean());
  CHECK(report.archives == 3);
}

TEST_CASE("more flows that did not end than an index holds are clean") {
  Recording recording;
  for (flow::FlowId id = 1; id <= 9000; ++id)
    recording.write({.connection = id, .flow = id, .event = test::get("/")});
  const CheckReport report = checked(recording.finish().bytes());
  CHECK(report.clean());
  CHECK(report.unfinished == 9000);
}

TEST_CASE("an archive that is still written, or was cut, has no faults but its end") {
  Recording recording;
  test::tell_flow(recording, {.id = 1, .connection = 1});
  const CheckReport report = checked(recording.flush().bytes());
  CHECK(report.faults.empty());
  CHECK_FALSE(report.clean());
  CHECK(report.flows == 1);
}

TEST_CASE("a frame that is lost is told with the flows that ended in it") {
  const Bytes archive = test::long_story(100);
  const Bytes first = test::first_frame(archive);
  const Bytes index = test::first_frame(ByteView(archive).substr(first.size()));
  const std::size_t second = first.size() + index.size();
  const CheckReport report = checked(test::flip_bit(archive, second + 200));
  CHECK_FALSE(report.clean());
  REQUIRE(report.faults.size() == 1);
  CHECK(report.faults[0].find("flows that ended in it: ") != std::string::npos);
}

TEST_CASE("with a bit changed anywhere an archive is not clean, or says the same") {
  const Bytes archive = test::long_story(6);
  const CheckReport intact = checked(archive);
  std::size_t unnoticed = 0;
  for (std::size_t octet = 0; octet < archive.size(); ++octet) {
    INFO("bit of octet " << octet);
    const auto report = archive::check(
        std::make_unique<test::MemorySource>(test::flip_bit(archive, octet, octet % 8)), "memory");
    if (!report || !report->clean()) continue;
    ++unnoticed;  // bits of zstd's headers that mean nothing
    REQUIRE(report->records == intact.records);
    REQUIRE(report->flows == intact.flows);
  }
  CHECK(unnoticed < archive.size() / 50);
}

TEST_CASE("an index that says something else than the records is a fault") {
  // Of another recording of the same shape: its frames are as long, its flows are others.
  const auto tell = [](std::uint16_t port) {
    Recording recording;
    recording.write({.connection = 1, .event = flow::ConnectionOpened{.client = {"::1", port}}});
    recording.write({.connection = 1, .flow = 1, .event = flow::FlowEnd{}});
    return recording.finish().bytes();
  };
  const Bytes one = tell(40001);
  const Bytes other = tell(40002);
  const Bytes first = test::first_frame(one);
  REQUIRE(first.size() == test::first_frame(other).size());
  const CheckReport report = checked(first + other.substr(first.size()));
  REQUIRE(report.faults.size() == 1);
  CHECK(report.faults[0].ends_with("is wrong about flow 1"));
}
