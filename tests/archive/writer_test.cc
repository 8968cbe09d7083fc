#include "lib/archive/writer.h"

#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using namespace std::chrono_literals;
using mitm::test::read_back;
using mitm::test::Recording;

namespace {

flow::Record tls(std::shared_ptr<const flow::CertificateChain> chain) {
  return {.event = flow::TlsEstablished{.facts = {.chain = std::move(chain)}}};
}

/// Counts how often it was synced, and since when it was not.
class SyncedSink final : public ByteSink {
 public:
  struct Count {
    int syncs = 0;
    bool dirty = false;
    bool closed_dirty = false;
    bool fails = false;
  };
  explicit SyncedSink(Count& count) : count_(count) {}
  Status write(ByteView) override { return count_.dirty = true, Status{}; }
  Status sync() override {
    ++count_.syncs;
    count_.dirty = false;
    return count_.fails ? fail(Code::kIo, "sync memory: Input/output error") : Status{};
  }
  Status close() override { return count_.closed_dirty = count_.dirty, Status{}; }

 private:
  Count& count_;
};

/// Certificates that do not compress, so that each time they are stored shows in the size.
std::shared_ptr<const flow::CertificateChain> large_chain(unsigned seed) {
  return std::make_shared<const flow::CertificateChain>(flow::CertificateChain{
      .id = Bytes(28, 'i') + std::to_string(1000 + seed),
      .certificates = {{.der = std::get<flow::BodyChunk>(test::noise(2000, seed).event).data}}});
}

}  // namespace

TEST_CASE("the header is in the file as soon as the writer is open") {
  const Recording recording({.run_id = 0xABCD, .file_number = 3, .tool = "mitm-record 1"});
  const auto back = read_back(recording.bytes());
  REQUIRE(back.headers.size() == 1);
  CHECK(std::get<flow::Header>(back.headers[0].event) ==
        flow::Header{.run_id = 0xABCD, .file_number = 3, .tool = "mitm-record 1"});
  CHECK(back.headers[0].time == Time{1'800'000'000s});
}

TEST_CASE("what was flushed is readable, what was not is not") {
  Recording recording;
  recording.write(test::text(100, 1)).flush().write(test::text(100, 2));
  auto back = read_back(recording.bytes());
  REQUIRE(back.records.size() == 1);
  CHECK(back.records[0].flow == 1);
  recording.flush();
  CHECK(read_back(recording.bytes()).records.size() == 2);
}

TEST_CASE("a flush lets out what the compressor alone still holds") {
  Recording recording;
  recording.write(test::text(kCheckpointEvery, 1)).flush();
  CHECK(read_back(recording.bytes()).records.size() == 1);
}

TEST_CASE("flushing nothing writes nothing") {
  Recording recording;
  recording.write(test::text(100)).flush();
  const std::size_t size = recording.bytes().size();
  recording.flush().flush();
  CHECK(recording.bytes().size() == size);
}

TEST_CASE("a writer may flush each record by itself") {
  Recording recording({.run_id = 1}, {.flush_each_record = true});
  recording.write(test::text(100, 1)).write(test::text(100, 2));
  CHECK(read_back(recording.bytes()).records.size() == 2);
}

TEST_CASE("a file that was finished reads without loss and ends with the totals") {
  Recording recording;
  recording.write(test::one_of_each()).finish();
  auto reader =
      Reader::open(std::make_unique<test::MemorySource>(recording.bytes()), "memory").value();
  std::optional<flow::Record> last;
  while (auto record = reader->next().value()) last = std::move(record);
  CHECK(reader->ending().lossless());
  REQUIRE(last);
  const auto& end = std::get<flow::ArchiveEnd>(last->event);
  CHECK(end.totals ==
        flow::Totals{.seen = 5, .recorded = 1, .filtered = 1, .passed = 2, .failed = 1});
  CHECK(end.next_file.empty());
}

TEST_CASE("the last record of a rotated file names the next file") {
  Recording recording;
  REQUIRE(recording.writer().finish({}, "b.flowz"));
  auto reader =
      Reader::open(std::make_unique<test::MemorySource>(recording.bytes()), "memory").value();
  std::optional<flow::Record> last;
  while (auto record = reader->next().value()) last = std::move(record);
  CHECK(std::get<flow::ArchiveEnd>(last->event).next_file == "b.flowz");
}

TEST_CASE("a frame is closed before it holds too much") {
  Recording recording;
  for (unsigned i = 0; i < 100; ++i) recording.write(test::noise(flow::kMaxChunk, i));
  recording.finish();
  CHECK(test::data_frames(recording.bytes()) == 7);
  const auto back = read_back(recording.bytes());
  CHECK(back.ending.lossless());
  REQUIRE(back.records.size() == 100);
  for (unsigned i = 0; i < 100; ++i) CHECK((back.records[i] == test::noise(flow::kMaxChunk, i)));
}

TEST_CASE("records of the largest size fit") {
  Recording recording;
  for (unsigned i = 0; i < 8; ++i) recording.write(test::noise(kMaxRecord - 200, i));
  recording.finish();
  const auto back = read_back(recording.bytes());
  CHECK(back.ending.lossless());
  CHECK(back.records.size() == 8);
}

TEST_CASE("a frame is closed at its age") {
  Recording recording;
  recording.write(test::text(100)).flush();
  recording.clock().advance(29s);
  recording.write(test::text(100)).flush();
  CHECK(test::data_frames(recording.bytes()) == 1);
  recording.clock().advance(1s);
  recording.write(test::text(100)).flush();
  recording.write(test::text(100)).flush();
  CHECK(test::data_frames(recording.bytes()) == 2);
}

TEST_CASE("a frame is closed when the clock was set back") {
  Recording recording;
  recording.clock().advance(-10s);
  recording.write(test::text(100)).flush();
  recording.write(test::text(100)).flush();
  CHECK(test::data_frames(recording.bytes()) == 2);
}

TEST_CASE("a certificate chain is stored once") {
  Recording recording;
  for (int i = 0; i < 50; ++i) recording.write(tls(large_chain(1)));
  recording.finish();
  CHECK(recording.bytes().size() < 2 * 2000);
  const auto back = read_back(recording.bytes());
  REQUIRE(back.records.size() == 50);
  for (const auto& record : back.records) {
    CHECK(*std::get<flow::TlsEstablished>(record.event).facts.chain == *large_chain(1));
  }
}

TEST_CASE("chains that the writer has forgotten are stored again") {
  Recording recording;
  for (unsigned i = 0; i < kRememberedChains + 10; ++i) recording.write(tls(large_chain(i)));
  const auto first = large_chain(0);
  recording.write(tls(first)).finish();
  const auto back = read_back(recording.bytes());
  REQUIRE(back.records.size() == kRememberedChains + 11);
  for (const auto& record : back.records) {
    REQUIRE(std::get<flow::TlsEstablished>(record.event).facts.chain->certificates.size() == 1);
  }
}

TEST_CASE("chains are repeated after much content") {
  Recording recording({.run_id = 1}, {.compression_level = -5});
  recording.write(tls(large_chain(1)));
  const flow::Record filler = test::text(flow::kMaxChunk);
  for (std::uint64_t content = 0; content < kChainRepeat; content += flow::kMaxChunk) {
    recording.write(filler);
  }
  const std::size_t before = recording.flush().bytes().size();
  recording.write(tls(large_chain(1))).flush();
  CHECK(recording.bytes().size() > before + 2000);
}

TEST_CASE("a record that is too large is refused and harms nothing") {
  Recording recording;
  recording.write(test::text(100, 1));
  const Status refused = recording.writer().append(test::noise(kMaxRecord, 2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kLimit);
  recording.write(test::text(100, 3)).finish();
  const auto back = read_back(recording.bytes());
  CHECK(back.ending.lossless());
  CHECK(back.records.size() == 2);
}

TEST_CASE("the writer's own records are refused") {
  Recording recording;
  CHECK(recording.writer().append({.event = flow::Checkpoint{}}).error().code == Code::kUsage);
  CHECK(recording.writer().append({.event = flow::ArchiveEnd{}}).error().code == Code::kUsage);
}

TEST_CASE("a merged file holds further headers") {
  Recording recording({.run_id = 1});
  recording.write({.source = 1, .event = flow::Header{.run_id = 2, .tool = "other"}});
  recording.write({.flow = 5, .source = 1, .event = flow::MessageEnd{}}).finish();
  const auto back = read_back(recording.bytes());
  REQUIRE(back.headers.size() == 2);
  CHECK(back.headers[1].source == 1);
  CHECK(back.records.at(0).source == 1);
}

TEST_CASE("after a failure every call fails and the file is readable up to the last flush") {
  std::vector<flow::Record> records = test::one_of_each();
  records.resize(6);
  Recording intact;
  for (const flow::Record& record : records) intact.write(record).flush();
  const std::size_t size = intact.finish().bytes().size();
  for (std::size_t room = 0; room < size; ++room) {
    const test::ManualClock clock(Time{1'800'000'000s});
    auto content = std::make_shared<Bytes>();
    auto writer = Writer::open(std::make_unique<test::FailingSink>(content, room),
                               {.run_id = 7, .tool = "test 1"}, clock);
    std::size_t flushed = 0;
    if (writer) {
      for (const flow::Record& record : records) {
        if (!(*writer)->append(record) || !(*writer)->flush()) break;
        ++flushed;
      }
      const Status finished =
          (*writer)->finish({.seen = 5, .recorded = 1, .filtered = 1, .passed = 2, .failed = 1});
      REQUIRE_FALSE(finished);
      REQUIRE(finished.error().code == Code::kIo);
      REQUIRE_FALSE((*writer)->append(records[0]));
      REQUIRE_FALSE((*writer)->flush());
    }
    const auto back = read_back(*content);
    REQUIRE(back.admits_loss());
    REQUIRE(back.records.size() >= flushed);
    REQUIRE(back.records.size() <= records.size());
    for (std::size_t i = 0; i < back.records.size(); ++i) {
      REQUIRE(back.records[i].event.index() == records[i].event.index());
      REQUIRE(back.records[i].time == records[i].time);
    }
  }
}

TEST_CASE("a file is synced before it is closed, unless that is not wanted") {
  const test::ManualClock clock(Time{1'800'000'000s});
  for (const bool wanted : {true, false}) {
    SyncedSink::Count count;
    auto writer = Writer::open(std::make_unique<SyncedSink>(count), {.run_id = 7}, clock,
                               {.sync = {.at_close = wanted}})
                      .value();
    REQUIRE(writer->append(test::text(100)));
    REQUIRE(writer->flush());
    CHECK(count.syncs == 0);
    REQUIRE(writer->finish({}));
    CHECK(count.syncs == (wanted ? 1 : 0));
    CHECK(count.closed_dirty == !wanted);
  }
}

TEST_CASE("a file is synced when the interval is over, though nothing new came since the flush") {
  test::ManualClock clock(Time{1'800'000'000s});
  SyncedSink::Count count;
  auto writer = Writer::open(std::make_unique<SyncedSink>(count), {.run_id = 7}, clock,
                             {.sync = {.every = 5s}})
                    .value();
  REQUIRE(writer->append(test::text(100)));
  REQUIRE(writer->flush());
  CHECK(count.syncs == 0);
  clock.advance(5s);
  REQUIRE(writer->flush());
  CHECK(count.syncs == 1);
  clock.advance(5s);
  REQUIRE(writer->flush());
  CHECK(count.syncs == 1);
}

TEST_CASE("a file is synced at each flush when that is wanted") {
  const test::ManualClock clock(Time{1'800'000'000s});
  SyncedSink::Count count;
  auto writer = Writer::open(std::make_unique<SyncedSink>(count), {.run_id = 7}, clock,
                             {.flush_each_record = true, .sync = {.every = 0s}})
                    .value();
  const int before = count.syncs;
  for (int i = 0; i < 3; ++i) REQUIRE(writer->append(test::text(100)));
  CHECK(count.syncs == before + 3);
}

TEST_CASE("a sync that fails is told, and can be gone on after") {
  const test::ManualClock clock(Time{1'800'000'000s});
  SyncedSink::Count count;
  auto writer = Writer::open(std::make_unique<SyncedSink>(count), {.run_id = 7}, clock,
                             {.sync = {.every = 0s}})
                    .value();
  count.fails = true;
  REQUIRE(writer->append(test::text(100)));
  CHECK(writer->flush().error().message == "sync memory: Input/output error");
  count.fails = false;
  REQUIRE(writer->resume());
  REQUIRE(writer->append(test::text(100)));
  CHECK(writer->finish({}));
}
