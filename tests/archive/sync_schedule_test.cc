#include "lib/archive/sync_schedule.h"

#include <catch2/catch.hpp>

#include "tests/support/manual_clock.h"

using namespace mitm;
using namespace std::chrono_literals;
using archive::SyncSchedule;

namespace {

test::ManualClock some_time() { return test::ManualClock(Time{1'800'000'000s}); }

}  // namespace

TEST_CASE("without an interval a sync is never due") {
  auto clock = some_time();
  SyncSchedule schedule({}, clock);
  schedule.note_written();
  clock.advance(24h);
  CHECK_FALSE(schedule.is_due());
  CHECK(schedule.at_close());
}

TEST_CASE("a sync is due when something was written and the interval is over") {
  auto clock = some_time();
  SyncSchedule schedule({.every = 5s}, clock);
  clock.advance(10s);
  CHECK_FALSE(schedule.is_due());
  schedule.note_written();
  CHECK(schedule.is_due());
  schedule.note_synced();
  schedule.note_written();
  CHECK_FALSE(schedule.is_due());
  clock.advance(5s);
  CHECK(schedule.is_due());
}

TEST_CASE("an interval of nothing means each time") {
  auto clock = some_time();
  SyncSchedule schedule({.every = 0s}, clock);
  schedule.note_written();
  CHECK(schedule.is_due());
}

TEST_CASE("a clock that was set back does not put a sync off") {
  auto clock = some_time();
  SyncSchedule schedule({.every = 5s}, clock);
  schedule.note_written();
  clock.advance(-1h);
  CHECK(schedule.is_due());
}
