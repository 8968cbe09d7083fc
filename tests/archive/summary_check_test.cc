#include "lib/archive/summary_check.h"

#include <catch2/catch.hpp>

#include "tests/archive/story.h"

using namespace mitm;
using namespace mitm::archive;

namespace {

/// A data frame with one record, and the index that tells it.
struct Checked {
  CheckReport report;
  SummaryCheck check{report};
  SummaryEncoder encoder;

  void frame(std::uint64_t at, std::uint64_t size) {
    check.on_record({.flow = at + 1, .event = flow::FlowEnd{}}, at);
    check.on_frame(at, size, 1000);
  }
  void index(std::uint64_t at, std::uint64_t frame_size, const Index& index) {
    Index copy = index;
    copy.frame.frame_size = frame_size;
    copy.frame.content_size = 1000;
    check.on_skippable(encoder.encode(copy).value(), at);
  }
};

Index of_one(flow::FlowId flow) {
  IndexBuilder builder;
  builder.add({.flow = flow, .event = flow::FlowEnd{}}, 0);
  return builder.take(0, 1, 1);
}

}  // namespace

TEST_CASE("an index that tells what was read is no fault") {
  Checked checked;
  checked.frame(0, 100);
  checked.index(100, 100, of_one(1));
  checked.check.finish();
  CHECK(checked.report.faults.empty());
  CHECK(checked.report.flows == 1);
}

TEST_CASE("an index that lacks a flow, has one too many, or another, is a fault") {
  for (const Index& wrong : {Index{.frame = of_one(1).frame, .rows = {}}, of_one(2)}) {
    Checked checked;
    checked.frame(0, 100);
    checked.index(100, 100, wrong);
    CHECK(checked.report.faults.size() == 1);
  }
}

TEST_CASE("a frame without an index is a fault only where others have one") {
  Checked none;
  for (std::uint64_t at = 0; at < 500; at += 100) none.frame(at, 100);
  none.check.finish();
  CHECK(none.report.faults.empty());
  CHECK(none.report.flows == 5);
  Checked some;
  some.frame(0, 100);
  some.frame(100, 100);
  some.index(200, 100, of_one(101));
  some.check.finish();
  CHECK(some.report.faults == std::vector<std::string>{"1 frames have no index"});
}

TEST_CASE("a directory that leads elsewhere is a fault") {
  Checked checked;
  checked.frame(0, 100);
  checked.index(100, 100, of_one(1));
  const Directory wrong{.previous = 0, .entries = {{.index = 5, .rows = 1}}};
  checked.check.on_skippable(checked.encoder.encode(wrong).value(), 200);
  CHECK(checked.report.faults.size() == 1);
}

TEST_CASE("faults are bounded") {
  Checked checked;
  for (std::uint64_t at = 0; at < 20'000; at += 200) {
    checked.frame(at, 100);
    checked.index(at + 100, 100, of_one(7));
  }
  CHECK(checked.report.faults.size() == 65);
}
