// What a run makes of a file that somebody truncates while it is written.

#include <catch2/catch.hpp>

#include "lib/archive/rotating_writer.h"
#include "tests/archive/recording.h"
#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::read_back;

namespace {

struct Disk {
  Bytes content;  ///< of its only file
  std::size_t room = SIZE_MAX;
};

/// As an archive file is: written at its end, and aware of it when that is not where it should be.
class File final : public ByteSink {
 public:
  File(Disk& disk, OldContent old) : disk_(disk), old_(old) {}
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return written_; }
  Status write(ByteView bytes) override {
    if (!base_) {
      if (old_ == OldContent::kGoes) disk_.content.clear();
      base_ = disk_.content.size();
    }
    const ByteView fits = bytes.substr(0, disk_.room);
    disk_.content.append(fits);
    disk_.room -= fits.size();
    written_ += fits.size();
    if (disk_.content.size() < *base_ + written_) return fail(Code::kCorrupt, "was truncated");
    return fits.size() == bytes.size() ? Status{} : fail(Code::kIo, "No space left on device");
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  Disk& disk_;
  OldContent old_;
  std::optional<std::uint64_t> base_;
  std::uint64_t written_ = 0;
};

class Run {
 public:
  Run() {
    auto opened = RotatingWriter::open(
        std::make_unique<File>(disk, OldContent::kGoes), Rotation({.path = "f"}, clock_.now()),
        {.run_id = 7, .tool = "test 1"}, clock_, {},
        {.create = [](const std::string&) { return fail(Code::kIo, "not wanted"); },
         .reopen =
             [this](const std::string&) {
               auto sink = std::make_unique<File>(disk, OldContent::kStays);
               return RotatingWriter::Reopened{.sink = std::move(sink), .is_same = true};
             },
         .renew =
             [this](const std::string&, std::uint64_t records) {
               kept.push_back(writer->kept());
               lost.push_back(records);
               auto sink = std::make_unique<File>(disk, OldContent::kGoes);
               return RotatingWriter::Renewed{
                   .sink = std::move(sink),
                   .gap = {{.event = flow::CaptureGap{.reason = "truncated", .records = records}}}};
             },
         .totals = [this] { return flow::Totals{.lost = lost.size()}; },
         .on_closed = [this](const std::string&) { ++closed; }});
    REQUIRE(opened);
    writer = *std::move(opened);
  }

  /// The flows from `first` to `last`, a record each.
  Run& write(flow::FlowId first, flow::FlowId last) {
    for (flow::FlowId id = first; id <= last; ++id) REQUIRE(writer->append(test::text(10, id)));
    return *this;
  }
  Run& flush() {
    REQUIRE(writer->flush());
    return *this;
  }
  Run& truncate(std::size_t size = 0) {
    disk.content.resize(std::min(size, disk.content.size()));
    return *this;
  }
  /// The flows of which there are records in the file, which must be whole.
  std::vector<flow::FlowId> finish() {
    REQUIRE(writer->finish({.recorded = 5}, {}));
    CHECK(closed == 1);
    const auto back = read_back(disk.content);
    CHECK_FALSE(back.admits_loss());
    headers = back.headers;
    std::vector<flow::FlowId> flows;
    for (const flow::Record& record : back.records) {
      if (const auto* gap = std::get_if<flow::CaptureGap>(&record.event)) {
        CHECK(record.time == clock_.now());
        gaps.push_back(gap->records);
      } else if (!record.repeated) {
        flows.push_back(record.flow);
      }
    }
    return flows;
  }

 private:
  test::ManualClock clock_{Time{std::chrono::seconds{1'800'000'000}}};

 public:
  Disk disk;
  std::vector<std::uint64_t> kept, lost;  ///< each time that the file was begun anew
  std::vector<std::uint64_t> gaps;        ///< that the file tells of
  std::vector<flow::Record> headers;
  int closed = 0;
  std::unique_ptr<Writer> writer;
};

using Numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("a truncated file is begun anew as soon as something is written, and lacks that") {
  Run run;
  run.write(1, 4).flush().write(5, 6).truncate().write(7, 8).flush();
  CHECK(run.kept == Numbers{4});
  CHECK(run.lost == Numbers{4});
  CHECK(run.writer->kept() == 8);
  run.write(9, 9).flush();
  CHECK(run.writer->kept() == 9);
  CHECK(run.finish() == Numbers{9});
  CHECK(run.gaps == Numbers{4});
  REQUIRE(run.headers.size() == 1);
  CHECK(std::get<flow::Header>(run.headers[0].event).file_number == 2);
}

TEST_CASE("what is left of a truncated file goes") {
  Run run;
  run.write(1, 4).flush().truncate(100).write(5, 5).flush().write(6, 6);
  CHECK(run.finish() == Numbers{6});
}

TEST_CASE("the record with which a truncation is noticed is not lost") {
  Run run;
  run.write(1, 2).flush().truncate();
  flow::FlowId id = 3;
  for (; run.lost.empty(); ++id) {
    auto record = test::noise(60'000, static_cast<unsigned>(id));
    record.flow = id;
    REQUIRE(run.writer->append(record));
  }
  CHECK(run.lost == Numbers{id - 2 - 2});
  CHECK(run.finish() == Numbers{id - 1});
}

TEST_CASE("a file that was truncated before the end of the run has one nevertheless") {
  Run run;
  run.write(1, 2).flush().truncate();
  CHECK(run.finish().empty());
  CHECK(run.gaps == Numbers{0});
  Run lossy;
  lossy.write(1, 2).flush().write(3, 3).truncate();
  CHECK(lossy.finish().empty());
  CHECK(lossy.gaps == Numbers{1});
}

TEST_CASE("the totals at the end know what a truncation has cost") {
  Run run;
  run.write(1, 1).truncate().finish();
  auto reader =
      Reader::open(std::make_unique<test::MemorySource>(run.disk.content), "memory").value();
  flow::Totals totals;
  while (const auto record = reader->next().value()) {
    if (const auto* end = std::get_if<flow::ArchiveEnd>(&record->event)) totals = end->totals;
  }
  CHECK(totals == flow::Totals{.lost = 1});
}

TEST_CASE("a truncated file that is opened again is begun anew, and goes on behind that") {
  for (const bool flushes : {false, true}) {
    Run run;
    run.write(1, 2).flush().write(3, 3).truncate();
    if (flushes) run.flush();
    CHECK(run.writer->change_file().value() == "f");
    CHECK(run.lost == Numbers{1});
    run.write(4, 4);
    CHECK(run.finish() == Numbers{4});
    CHECK(run.headers.size() == 2);
  }
}

TEST_CASE("connections that were open are known in a file that is begun anew") {
  Run run;
  REQUIRE(run.writer->append({.connection = 3, .event = test::from_client()}));
  run.flush().truncate().write(1, 1).flush().write(2, 2);
  CHECK(run.finish() == Numbers{2});
  const auto back = read_back(run.disk.content);
  REQUIRE(back.records.size() == 3);
  CHECK(std::holds_alternative<flow::ConnectionOpened>(back.records[0].event));
}

TEST_CASE(
    "wherever the disk gets full while a truncated file is begun anew, nothing else is lost") {
  for (std::size_t room = 0; room < 2000; room += 10) {
    for (const bool changes : {false, true}) {
      Run run;
      run.write(1, 4).flush().write(5, 5).truncate();
      run.disk.room = room;
      const bool well =
          changes ? run.writer->change_file().has_value() : run.writer->flush().has_value();
      run.disk.room = SIZE_MAX;
      if (!well) REQUIRE(run.writer->resume());
      CAPTURE(room, changes);
      CHECK(run.lost == Numbers{1});
      run.write(6, 7);
      CHECK(run.finish() == Numbers{6, 7});
    }
  }
}

TEST_CASE("a file that is truncated to make room on a full disk is begun anew") {
  Run run;
  run.write(1, 4).flush().write(5, 5);
  run.disk.room = 3;
  REQUIRE_FALSE(run.writer->flush());
  run.truncate();
  run.disk.room = SIZE_MAX;
  REQUIRE(run.writer->resume());
  CHECK(run.lost == Numbers{1});
  CHECK(run.write(6, 6).finish() == Numbers{6});
}

TEST_CASE("a file may be truncated again and again") {
  Run run;
  std::uint64_t lost = 0;
  for (flow::FlowId id = 1; id <= 20; ++id) {
    run.write(id, id);
    if (id % 3 == 0) run.truncate();
    if (id % 2 == 0) run.flush();
  }
  for (const std::uint64_t some : run.lost) lost += some;
  CHECK(lost > 0);
  CHECK(run.writer->kept() == 20);
  CHECK(run.finish() == Numbers{19, 20});
}
