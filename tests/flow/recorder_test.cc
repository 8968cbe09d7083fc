#include "lib/flow/recorder.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <latch>
#include <string>

using namespace mitm::flow;
using namespace std::chrono_literals;
using mitm::Code;
using mitm::Error;
using mitm::Status;

namespace {

/// What a consumer was told, readable once the recorder has stopped.
struct Journal {
  std::vector<FlowId> consumed;
  int idles = 0;
  double fullest = 0;
  std::optional<Totals> totals;
};

class JournalKeeper final : public RecordConsumer {
 public:
  explicit JournalKeeper(Journal& journal) : journal_(journal) {}
  Status consume(const Record& record) override {
    journal_.consumed.push_back(record.flow);
    return on_consume ? on_consume(record) : Status{};
  }
  void set_backlog(double fullness) override {
    journal_.fullest = std::max(journal_.fullest, fullness);
  }
  Status idle() override {
    ++journal_.idles;
    return on_idle ? on_idle() : Status{};
  }
  Status finish(const Totals& totals) override {
    journal_.totals = totals;
    return on_finish ? on_finish() : Status{};
  }

  std::function<Status(const Record&)> on_consume;
  std::function<Status()> on_idle;
  std::function<Status()> on_finish;

 private:
  Journal& journal_;
};

std::vector<Record> batch_of(std::initializer_list<FlowId> flows, std::size_t payload = 0) {
  std::vector<Record> batch;
  for (const FlowId flow : flows) {
    batch.push_back({.flow = flow, .event = BodyChunk{.data = std::string(payload, 'x')}});
  }
  return batch;
}

template <class... Keeper>
std::vector<std::unique_ptr<RecordConsumer>> consumers_of(std::unique_ptr<Keeper>... keepers) {
  std::vector<std::unique_ptr<RecordConsumer>> consumers;
  (consumers.push_back(std::move(keepers)), ...);
  return consumers;
}

constexpr RecorderOptions kQuick{.high_mark = 1 << 20, .wake_interval = 1ms, .flush_interval = 5ms};

}  // namespace

TEST_CASE("every consumer gets every record in order, then the totals") {
  Journal first;
  Journal second;
  Recorder recorder(
      consumers_of(std::make_unique<JournalKeeper>(first), std::make_unique<JournalKeeper>(second)),
      {}, kQuick);
  std::vector<FlowId> expected;
  for (FlowId flow = 1; flow <= 1'000; ++flow) {
    recorder.submit(batch_of({flow, flow}));
    expected.insert(expected.end(), 2, flow);
  }
  REQUIRE(recorder.stop({.seen = 1'000, .recorded = 1'000}));
  CHECK(first.consumed == expected);
  CHECK(second.consumed == expected);
  CHECK(first.totals == Totals{.seen = 1'000, .recorded = 1'000});
  CHECK(second.totals == first.totals);
}

TEST_CASE("stopping does not wait for the wake interval") {
  Journal journal;
  Recorder recorder(consumers_of(std::make_unique<JournalKeeper>(journal)), {},
                    {.wake_interval = 1h, .flush_interval = 2h});
  recorder.submit(batch_of({1, 2}));
  REQUIRE(recorder.stop({}));
  CHECK(journal.consumed == std::vector<FlowId>{1, 2});
}

TEST_CASE("idle follows once the queue is quiet") {
  Journal journal;
  std::latch idle(1);
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_idle = [&] { return idle.count_down(), Status{}; };
  Recorder recorder(consumers_of(std::move(keeper)), {},
                    {.wake_interval = 1ms, .flush_interval = 1h});
  recorder.submit(batch_of({1}));
  idle.wait();
  REQUIRE(recorder.stop({}));
  CHECK(journal.idles == 1);
}

TEST_CASE("with a tick idle comes again and again though nothing does") {
  Journal journal;
  std::latch idle(3);
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_idle = [&] { return journal.idles <= 3 ? idle.count_down() : void(), Status{}; };
  Recorder recorder(consumers_of(std::move(keeper)), {},
                    {.wake_interval = 1ms, .flush_interval = 1ms, .tick = true});
  idle.wait();
  REQUIRE(recorder.stop({}));
}

TEST_CASE("consumers are told how far behind they are") {
  Journal journal;
  Recorder recorder(consumers_of(std::make_unique<JournalKeeper>(journal)), {},
                    {.high_mark = 100'000, .wake_interval = 1h});
  recorder.submit(batch_of({1}, 90'000));
  REQUIRE(recorder.stop({}));
  CHECK(journal.fullest > 0.85);
  CHECK(journal.fullest < 1);
}

TEST_CASE("idle comes in time although the queue is never quiet") {
  Journal journal;
  std::atomic<bool> idle = false;
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_idle = [&] { return idle = true, Status{}; };
  Recorder recorder(consumers_of(std::move(keeper)), {},
                    {.high_mark = 1'000, .wake_interval = 1h, .flush_interval = 1ms});
  // Each batch is more than half of the queue, so the thread never gets to a quiet interval.
  while (!idle) recorder.submit(batch_of({1}, 2'000));
  REQUIRE(recorder.stop({}));
  CHECK(journal.idles >= 1);
}

TEST_CASE("a recorder that ticks calls idle although nothing ever comes") {
  Journal journal;
  std::latch idle(2);
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_idle = [&] { return idle.try_wait() ? void() : idle.count_down(), Status{}; };
  Recorder recorder(consumers_of(std::move(keeper)), {},
                    {.wake_interval = 1ms, .flush_interval = 1ms, .tick = true});
  idle.wait();
  REQUIRE(recorder.stop({}));
  CHECK(journal.idles >= 2);
}

TEST_CASE("a recorder that is held up asks for a pause and says when it is over") {
  Journal journal;
  std::latch release(1);
  std::latch drained(1);
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_consume = [&](const Record&) { return release.wait(), Status{}; };
  Recorder recorder(consumers_of(std::move(keeper)), {.on_drained = [&] { drained.count_down(); }},
                    {.high_mark = 100'000, .wake_interval = 1ms});
  CHECK(recorder.submit(batch_of({1}, 60'000)));
  CHECK_FALSE(recorder.submit(batch_of({2}, 60'000)));
  CHECK(recorder.is_full());
  release.count_down();
  drained.wait();
  CHECK_FALSE(recorder.is_full());
  CHECK(recorder.submit(batch_of({3})));
  REQUIRE(recorder.stop({}));
  CHECK(journal.consumed == std::vector<FlowId>{1, 2, 3});
}

TEST_CASE("a consumer that fails is left alone and the others go on") {
  Journal bad;
  Journal good;
  const Error full{Code::kIo, "write session.flowz: No space left on device"};
  auto keeper = std::make_unique<JournalKeeper>(bad);
  keeper->on_consume = [&](const Record& record) {
    return record.flow == 2 ? Status(std::unexpected(full)) : Status{};
  };
  std::vector<Error> reported;
  Recorder recorder(consumers_of(std::move(keeper), std::make_unique<JournalKeeper>(good)),
                    {.on_error = [&](const Error& error) { reported.push_back(error); }}, kQuick);
  recorder.submit(batch_of({1, 2, 3}));
  const Status stopped = recorder.stop({});
  REQUIRE_FALSE(stopped);
  CHECK(stopped.error() == full);
  CHECK(reported == std::vector<Error>{full});
  CHECK(bad.consumed == std::vector<FlowId>{1, 2});
  CHECK_FALSE(bad.totals);
  CHECK(good.consumed == std::vector<FlowId>{1, 2, 3});
  CHECK(good.totals);
}

TEST_CASE("an error is reported while recording goes on") {
  Journal journal;
  std::latch reported(1);
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_idle = [] { return mitm::fail(Code::kIo, "flush"); };
  Recorder recorder(consumers_of(std::move(keeper)),
                    {.on_error = [&](const Error&) { reported.count_down(); }}, kQuick);
  recorder.submit(batch_of({1}));
  reported.wait();
  CHECK(recorder.submit(batch_of({2})));
  CHECK(recorder.stop({}).error().message == "flush");
}

TEST_CASE("an error of the last step reaches whoever stops") {
  Journal journal;
  auto keeper = std::make_unique<JournalKeeper>(journal);
  keeper->on_finish = [] { return mitm::fail(Code::kIo, "close"); };
  Recorder recorder(consumers_of(std::move(keeper)), {}, kQuick);
  CHECK(recorder.stop({}).error().message == "close");
}

TEST_CASE("a recorder that is not stopped finishes nobody") {
  Journal journal;
  {
    const Recorder recorder(consumers_of(std::make_unique<JournalKeeper>(journal)), {}, kQuick);
  }
  CHECK_FALSE(journal.totals);
}

TEST_CASE("records of many producers arrive complete and in each producer's order") {
  Journal journal;
  Recorder recorder(consumers_of(std::make_unique<JournalKeeper>(journal)), {},
                    {.high_mark = 50'000, .wake_interval = 1ms, .flush_interval = 2ms});
  constexpr FlowId kEach = 500;
  std::vector<std::thread> producers;
  for (FlowId producer = 0; producer < 4; ++producer) {
    producers.emplace_back([&recorder, producer] {
      for (FlowId n = 0; n < kEach; ++n) recorder.submit(batch_of({producer * kEach + n}, 500));
    });
  }
  for (std::thread& producer : producers) producer.join();
  REQUIRE(recorder.stop({}));
  REQUIRE(journal.consumed.size() == 4 * kEach);
  FlowId next[4] = {0, kEach, 2 * kEach, 3 * kEach};
  for (const FlowId flow : journal.consumed) CHECK(next[flow / kEach]++ == flow);
}
