// What a writer makes of a sink that fails: at every single write in turn, for good or for once.

#include <catch2/catch.hpp>

#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::read_back;

namespace {

/// Small and large ones, of content that compresses and that does not, so that frames are closed by
/// their size, stored and compressed.
std::vector<flow::Record> many_records() {
  std::vector<flow::Record> records;
  for (unsigned i = 0; i < 45; ++i) {
    records.push_back(test::noise(flow::kMaxChunk, i));
    records.push_back(test::text(100, i));
  }
  for (unsigned i = 0; i < 50; ++i) {
    records.push_back(test::noise(30'000, i));
    records.push_back(test::text(30'000, 1000 + i));
    records.push_back(test::noise(100, i));
  }
  return records;
}

struct Outcome {
  std::shared_ptr<Bytes> content = std::make_shared<Bytes>();
  std::vector<flow::Record> written;  ///< those that the writer did not refuse
  std::size_t refused = 0;
  std::size_t flushed = 0;  ///< of `written`
  bool failed = false;
  std::uint64_t kept = 0;  ///< as the writer said when it had failed
};

constexpr unsigned kFlushEvery = 7;

/// Appends what there is, as the recorder would. After a failure five records are lost, then it is
/// tried to go on.
Outcome record(const std::vector<flow::Record>& records, std::size_t bad, bool for_good) {
  static const test::ManualClock kClock(Time{std::chrono::seconds{1'800'000'000}});
  Outcome outcome;
  auto writer = Writer::open(std::make_unique<test::FlakySink>(outcome.content, bad, for_good),
                             {.run_id = 7, .tool = "test 1"}, kClock);
  if (!writer) return outcome.failed = true, outcome;
  const auto note = [&](const Status& status) {
    if (status || outcome.failed) return;
    outcome.failed = true;
    outcome.kept = (*writer)->kept();
  };
  for (const flow::Record& record : records) {
    const bool was_well = !outcome.failed || outcome.refused >= 5;
    const Status status = (*writer)->append(record);
    if (was_well) {
      outcome.written.push_back(record);
    } else {
      REQUIRE_FALSE(status);
      if (++outcome.refused == 5 && !for_good) REQUIRE((*writer)->resume());
      if (for_good) REQUIRE_FALSE((*writer)->resume());
    }
    note(status);
    if (outcome.failed || outcome.written.size() % kFlushEvery != 0) continue;
    const Status flushed = (*writer)->flush();
    note(flushed);
    if (flushed) outcome.flushed = outcome.written.size();
  }
  const Status finished = (*writer)->finish({});
  if (outcome.failed) CHECK(bool{finished} == (outcome.refused >= 5 && !for_good));
  note(finished);
  return outcome;
}

}  // namespace

TEST_CASE(
    "whichever write fails for good, what was flushed is readable and nothing else is shown") {
  const auto records = many_records();
  bool failed = true;
  for (std::size_t bad = 0; failed; ++bad) {
    const Outcome outcome = record(records, bad, true);
    failed = outcome.failed;
    const auto back = read_back(*outcome.content);
    REQUIRE(back.admits_loss() == failed);
    REQUIRE(back.records.size() >= outcome.flushed);
    REQUIRE(back.records.size() >= outcome.kept);
    REQUIRE(back.records.size() <= records.size());
    for (std::size_t i = 0; i < back.records.size(); ++i) REQUIRE(back.records[i] == records[i]);
  }
}

TEST_CASE("whichever write fails once, nothing that was appended is missing afterwards") {
  const auto records = many_records();
  bool failed = true;
  for (std::size_t bad = 1; failed; ++bad) {
    const Outcome outcome = record(records, bad, false);
    if (outcome.content->empty()) continue;  // the header failed, and with it open()
    failed = outcome.failed;
    const auto back = read_back(*outcome.content);
    // Where finish() itself failed, or too few records came after the failure, there is no end.
    REQUIRE(back.admits_loss() == (failed && outcome.refused < 5));
    if (back.admits_loss()) continue;
    REQUIRE(back.records.size() == outcome.written.size());
    for (std::size_t i = 0; i < back.records.size(); ++i) {
      REQUIRE(back.records[i] == outcome.written[i]);
    }
  }
}

TEST_CASE("a disk that is full holds up no more than a frame") {
  const test::ManualClock clock(Time{std::chrono::seconds{1'800'000'000}});
  auto content = std::make_shared<Bytes>();
  auto disk = std::make_unique<test::FailingSink>(content, 1000);
  auto* full = disk.get();
  auto writer = Writer::open(std::move(disk), {.run_id = 7}, clock).value();
  std::size_t taken = 0;
  while (writer->append(test::noise(30'000, static_cast<unsigned>(taken)))) ++taken;
  for (int i = 0; i < 100; ++i) CHECK_FALSE(writer->append(test::noise(30'000, 1)));
  full->make_room(SIZE_MAX / 2);
  REQUIRE(writer->resume());
  REQUIRE(writer->finish({}));
  CHECK(content->size() < (taken + 2) * 30'100);
  const auto back = read_back(*content);
  CHECK(back.ending.lossless());
  CHECK(back.records.size() == taken + 1);
}

TEST_CASE("frames are compressed less while the queue is nearly full") {
  test::Recording hurried({.run_id = 1}, {.compression_level = 9});
  test::Recording relaxed({.run_id = 1}, {.compression_level = 9});
  for (unsigned i = 0; i < 200; ++i) {
    hurried.writer().set_backlog(i < 150 ? 0.9 : 0.01);
    hurried.write(test::text(flow::kMaxChunk, i));
    relaxed.write(test::text(flow::kMaxChunk, i));
  }
  hurried.finish();
  relaxed.finish();
  CHECK(hurried.writer().hurried_frames() > 5);
  CHECK(hurried.writer().hurried_frames() < 14);
  CHECK(relaxed.writer().hurried_frames() == 0);
  CHECK(hurried.bytes().size() > 2 * relaxed.bytes().size());
  CHECK(read_back(hurried.bytes()).records == read_back(relaxed.bytes()).records);
}
