#include "lib/render/human.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdint>
#include <string>

using mitm::Duration;
using mitm::render::human_size;
using namespace std::chrono_literals;

namespace {

std::string human_duration(Duration duration) {
  std::string out;
  mitm::render::append_duration(out, duration);
  return out;
}

}  // namespace

TEST_CASE("sizes are in powers of 1024") {
  CHECK(human_size(0) == "0B");
  CHECK(human_size(1023) == "1023B");
  CHECK(human_size(1024) == "1.0K");
  CHECK(human_size(1536) == "1.5K");
  CHECK(human_size(10240) == "10.0K");
  CHECK(human_size(1024 * 1024) == "1.0M");
  CHECK(human_size(std::uint64_t{5} << 30U) == "5.0G");
  CHECK(human_size(UINT64_MAX) == "16.0E");
}

TEST_CASE("a size never rounds up to 1024 of a unit") {
  CHECK(human_size(1024 * 1024 - 1) == "1.0M");
  CHECK(human_size(1024 * 1024 - 60) == "1023.9K");
}

TEST_CASE("durations have three digits or so") {
  CHECK(human_duration(0ns) == "0us");
  CHECK(human_duration(850'400ns) == "850us");
  CHECK(human_duration(999'600ns) == "1.0ms");
  CHECK(human_duration(12'340us) == "12.3ms");
  CHECK(human_duration(999'960us) == "1.00s");
  CHECK(human_duration(1'234ms) == "1.23s");
  CHECK(human_duration(59'999ms) == "1m00s");
  CHECK(human_duration(123s) == "2m03s");
  CHECK(human_duration(26h + 5min) == "26h05m");
  CHECK(human_duration(-5ms) == "-5.0ms");
  CHECK(human_duration(Duration::min()) == "-2562047h47m");
}
