#include "lib/archive/flow_records.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "lib/archive/format.h"
#include "tests/archive/story.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::Recording;

namespace {

struct Fetched {
  std::vector<flow::Record> records;
  Ending losses;
};

Fetched fetch(const Bytes& archive, flow::FlowId id) {
  const test::TempDir folder;
  std::ofstream(folder.path() / "x", std::ios::binary) << archive;
  const auto reader = SummaryReader::open(folder.path() / "x").value();
  REQUIRE(reader);
  const auto found = reader->find(id).value();
  REQUIRE(found.size() == 1);
  Fetched fetched;
  const auto take = [&](flow::Record&& record) {
    fetched.records.push_back(std::move(record));
    return Status{};
  };
  REQUIRE(reader->read(found[0], take, fetched.losses));
  return fetched;
}

/// Flow 1 begins and ends in frames far apart; flow 2 and another connection stand between.
Recording& tell(Recording& recording) {
  const auto close_frame = [&] {
    recording.flush();
    recording.clock().advance(kMaxFrameAge);
    recording.write({.event = flow::Statistics{}}).flush();
  };
  recording.write({.connection = 1, .event = flow::ConnectionOpened{}});
  close_frame();
  recording.write({.connection = 1, .flow = 1, .event = test::get("/one")});
  recording.write({.connection = 2, .event = flow::ConnectionOpened{}});
  close_frame();
  recording.write({.connection = 2, .flow = 2, .event = test::get("/two")});
  recording.write(test::noise(3000, 2)).flush();
  close_frame();
  recording.write({.connection = 1, .flow = 1, .event = flow::FlowEnd{}});
  return recording.finish();
}

}  // namespace

TEST_CASE("of a flow its own records come, after a header and its connection's") {
  Recording recording({.run_id = 99});
  const auto fetched = fetch(tell(recording).bytes(), 1);
  REQUIRE(fetched.records.size() == 4);
  CHECK(std::get<flow::Header>(fetched.records[0].event).run_id == 99);
  CHECK(std::holds_alternative<flow::ConnectionOpened>(fetched.records[1].event));
  CHECK(std::get<flow::RequestHead>(fetched.records[2].event).target == "/one");
  CHECK(std::holds_alternative<flow::FlowEnd>(fetched.records[3].event));
  CHECK(fetched.losses.skipped.empty());
}

TEST_CASE("what is damaged on the way is told by its place in the file") {
  Recording recording;
  const Bytes archive = tell(recording).bytes();
  const std::size_t noise = archive.size() / 2;  // in the largest frame, by far
  const auto fetched = fetch(test::flip_bit(archive, noise), 1);
  CHECK(fetched.records.size() == 4);
  REQUIRE(fetched.losses.skipped.size() == 1);
  CHECK(fetched.losses.skipped[0].at <= noise);
  CHECK(noise < fetched.losses.skipped[0].at + fetched.losses.skipped[0].bytes);
}
