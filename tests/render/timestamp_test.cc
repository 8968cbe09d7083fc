#include "lib/render/timestamp.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <string>

using namespace mitm;
using mitm::render::TimeFormat;
using mitm::render::TimestampFormatter;

namespace {

/// 2023-11-14T22:13:20.123456789Z and some microseconds.
Time after(std::int64_t microseconds) {
  return Time(std::chrono::nanoseconds(1'700'000'000'123'456'789)) +
         std::chrono::microseconds(microseconds);
}

std::string show(TimestampFormatter& formatter, Time time) {
  std::string out;
  formatter.append(out, time);
  return out;
}

void set_zone(const char* zone) {
  ::setenv("TZ", zone, 1);
  ::tzset();
}

}  // namespace

TEST_CASE("the time of day is local") {
  set_zone("UTC");
  TimestampFormatter utc(TimeFormat::kTimeOfDay);
  CHECK(show(utc, after(0)) == "22:13:20.123456 ");
  CHECK(show(utc, after(1)) == "22:13:20.123457 ");
  CHECK(show(utc, after(900'000)) == "22:13:21.023456 ");
  set_zone("EET-2");
  TimestampFormatter east(TimeFormat::kTimeOfDay);
  CHECK(show(east, after(0)) == "00:13:20.123456 ");
  TimestampFormatter dated(TimeFormat::kDate);
  CHECK(show(dated, after(0)) == "2023-11-15 00:13:20.123456 ");
  set_zone("UTC");
}

TEST_CASE("no time at all, or seconds since the epoch") {
  TimestampFormatter none(TimeFormat::kNone);
  CHECK(show(none, after(0)).empty());
  TimestampFormatter epoch(TimeFormat::kEpoch);
  CHECK(show(epoch, after(0)) == "1700000000.123456 ");
}

TEST_CASE("differences are to the previous or to the first") {
  TimestampFormatter previous(TimeFormat::kSincePrevious);
  CHECK(show(previous, after(0)) == " 00:00:00.000000 ");
  CHECK(show(previous, after(1'500'000)) == " 00:00:01.500000 ");
  CHECK(show(previous, after(1'500'120)) == " 00:00:00.000120 ");
  CHECK(show(previous, after(500'120)) == "-00:00:01.000000 ");
  TimestampFormatter first(TimeFormat::kSinceFirst);
  CHECK(show(first, after(0)) == " 00:00:00.000000 ");
  CHECK(show(first, after(1'500'000)) == " 00:00:01.500000 ");
  CHECK(show(first, after(3'661'000'000)) == " 01:01:01.000000 ");
}
