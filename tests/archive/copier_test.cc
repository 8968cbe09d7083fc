#include "lib/archive/copier.h"

#include <catch2/catch.hpp>
#include <memory>

#include "tests/archive/recording.h"
#include "tests/support/memory_io.h"
#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::read_back;

namespace {

/// A copy in memory.
struct Copied {
  std::shared_ptr<Bytes> bytes = std::make_shared<Bytes>();
  Copier copier{std::make_unique<test::MemorySink>(bytes), "copier", {}};

  void add(std::uint16_t source, flow::Event event, flow::FlowId flow = 0,
           std::optional<std::uint64_t> run = std::nullopt) {
    REQUIRE(copier.add({.time = test::at(5), .flow = flow, .source = source, .event = event}, run));
  }
};

/// The totals that an archive's end has.
flow::Totals totals_of(const Bytes& archive) {
  auto reader = Reader::open(std::make_unique<test::MemorySource>(archive), "x").value();
  flow::Totals totals;
  while (const auto record = reader->next().value()) {
    if (const auto* end = std::get_if<flow::ArchiveEnd>(&record->event)) totals = end->totals;
  }
  return totals;
}

}  // namespace

TEST_CASE("every kind of record survives") {
  Copied copied;
  copied.add(0, flow::Header{.run_id = 7, .tool = "x"});
  const auto records = test::one_of_each();
  for (const flow::Record& record : records) REQUIRE(copied.copier.add(record));
  REQUIRE(copied.copier.finish());
  const auto back = read_back(*copied.bytes);
  CHECK(back.ending.lossless());
  REQUIRE(back.records.size() == records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto* tls = std::get_if<flow::TlsEstablished>(&back.records[i].event);
    // Chains are equal when they are the same object.
    if (tls == nullptr) CHECK((back.records[i] == records[i]));
    if (tls != nullptr) CHECK(*tls->facts.chain == *test::sample_chain());
  }
  CHECK(copied.copier.records() == records.size() + 1);
}

TEST_CASE("runs keep their ids and get source numbers from 0 on") {
  Copied copied;
  copied.add(5, flow::Header{.run_id = 55, .tool = "a"});
  copied.add(5, flow::FlowEnd{}, 1);
  copied.add(2, flow::Header{.run_id = 22, .tool = "b"});
  copied.add(2, flow::FlowEnd{}, 1);
  copied.add(5, flow::ArchiveEnd{});
  copied.add(5, flow::Header{.run_id = 55, .file_number = 2});  // the run's next file
  copied.add(5, flow::FlowEnd{}, 2);
  REQUIRE(copied.copier.finish());
  const auto back = read_back(*copied.bytes);
  REQUIRE(back.headers.size() == 2);
  CHECK(std::get<flow::Header>(back.headers[0].event).run_id == 55);
  CHECK(std::get<flow::Header>(back.headers[1].event).run_id == 22);
  CHECK(back.headers[1].source == 1);
  REQUIRE(back.records.size() == 3);
  CHECK(back.records[0].source == 0);
  CHECK(back.records[1].source == 1);
  CHECK(back.records[2].source == 0);
  CHECK(back.ending.lossless());
}

TEST_CASE("a lost header is replaced by what is known of it") {
  Copied copied;
  copied.add(0, flow::FlowEnd{}, 1, 99);
  copied.add(1, flow::FlowEnd{}, 1, 99);  // whose run that is is known already
  REQUIRE(copied.copier.finish());
  const auto back = read_back(*copied.bytes);
  REQUIRE(back.headers.size() == 2);
  CHECK(std::get<flow::Header>(back.headers[0].event) ==
        flow::Header{.run_id = 99, .tool = "copier"});
  CHECK(std::get<flow::Header>(back.headers[1].event).run_id == 0);
}

TEST_CASE("the totals are those of what is in the copy") {
  Copied copied;
  copied.add(0, flow::Header{.run_id = 7});
  copied.add(0, flow::FlowEnd{}, 1);
  copied.add(0, flow::FlowEnd{.kind = flow::Kind::kTls, .passed = true}, 2);
  copied.add(0, flow::FlowEnd{.kind = flow::Kind::kTls, .error = flow::FlowError{"dns", ""}}, 3);
  copied.add(0, flow::RawBytes{}, 4);  // does not end
  REQUIRE(copied.copier.finish());
  CHECK(copied.copier.flows() == 4);
  CHECK(totals_of(*copied.bytes) ==
        flow::Totals{.seen = 4, .recorded = 2, .filtered = 0, .passed = 1, .failed = 1});
}

TEST_CASE("the same records make the same octets, and nothing at all an empty archive") {
  Bytes first;
  for (int i = 0; i < 2; ++i) {
    Copied copied;
    copied.add(0, flow::Header{.run_id = 7});
    copied.add(0, flow::RawBytes{.data = "x"}, 4);
    REQUIRE(copied.copier.finish());
    if (i == 0) first = *copied.bytes;
    CHECK(*copied.bytes == first);
  }
  Copied nothing;
  CHECK(nothing.bytes->empty());
  REQUIRE(nothing.copier.finish());
  CHECK(read_back(*nothing.bytes).ending.lossless());
}

TEST_CASE("times from anywhere in time are taken") {
  Copied copied;
  copied.add(0, flow::Header{.run_id = 7});
  for (const Time time : {Time::max(), Time::min(), Time{}, Time::max()}) {
    REQUIRE(copied.copier.add({.time = time, .flow = 1, .event = flow::RawBytes{.data = "x"}}));
    REQUIRE(copied.copier.flush());
  }
  REQUIRE(copied.copier.finish());
  CHECK(read_back(*copied.bytes).records.size() == 4);
}

TEST_CASE("what is too large for a record becomes a gap") {
  Copied copied;
  copied.add(0, flow::Header{.run_id = 7});
  copied.add(0, flow::RawBytes{.data = Bytes(400'000, 'x')}, 4);
  REQUIRE(copied.copier.finish());
  CHECK(copied.copier.too_large() == 1);
  const auto back = read_back(*copied.bytes);
  REQUIRE(back.records.size() == 1);
  CHECK(back.records[0].flow == 4);
  CHECK(std::get<flow::CaptureGap>(back.records[0].event).records == 1);
}

TEST_CASE("a loss is told once, with its octets and its place") {
  LossWatch watch;
  Ending ending;
  CHECK_FALSE(watch.news(ending));
  ending.skipped = {{.at = 100, .bytes = 10}};
  CHECK(watch.news(ending) ==
        flow::CaptureGap{.reason = "10 bytes skipped at byte 100", .bytes = 10});
  CHECK_FALSE(watch.news(ending));
  ending.skipped.push_back({.at = 200, .bytes = 5});
  CHECK(watch.news(ending)->bytes == 5);
  ending.skipped.back().bytes += 7;  // the list is full
  CHECK(watch.news(ending)->bytes == 7);
  ending.torn_at = 300;
  ending.torn_bytes = 30;
  CHECK_FALSE(watch.news(ending));
  CHECK(watch.news(ending, true) ==
        flow::CaptureGap{.reason = "torn tail at byte 300", .bytes = 30});
}
