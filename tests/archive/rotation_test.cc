#include "lib/archive/rotation.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <ctime>

using namespace mitm;
using namespace mitm::archive;
using namespace std::chrono_literals;

namespace {

/// 2023-11-14 22:13:20 UTC.
constexpr Time kStart{1'700'000'000s};

/// Names in local time, which is UTC unless a test says otherwise.
struct Zone {
  explicit Zone(const char* name = "UTC") {
    ::setenv("TZ", name, 1);
    ::tzset();
  }
};

std::vector<std::string> names(Rotation rotation, std::size_t count, Duration step = 0s) {
  std::vector<std::string> result = {rotation.path()};
  for (std::size_t i = 1; i < count; ++i) {
    rotation.advance(kStart + step * i);
    result.push_back(rotation.path());
  }
  return result;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("files that are rotated by size get numbers, but for the first") {
  CHECK(names({{.path = "d/f.flowz", .size = 1}, kStart}, 4) ==
        Names{"d/f.flowz", "d/f.flowz1", "d/f.flowz2", "d/f.flowz3"});
}

TEST_CASE("a ring has numbers of one width and begins again") {
  CHECK(names({{.path = "f", .size = 1, .count = 3}, kStart}, 5) ==
        Names{"f0", "f1", "f2", "f0", "f1"});
  CHECK(names({{.path = "f", .size = 1, .count = 11}, kStart}, 12) ==
        Names{"f00", "f01", "f02", "f03", "f04", "f05", "f06", "f07", "f08", "f09", "f10", "f00"});
  CHECK(names({{.path = "f", .size = 1, .count = 10}, kStart}, 2) == Names{"f0", "f1"});
  CHECK(names({{.path = "f", .size = 1, .count = 1}, kStart}, 3) == Names{"f", "f", "f"});
}

TEST_CASE("without an interval a percent sign is only that") {
  CHECK(names({{.path = "100%/%H", .size = 1}, kStart}, 2) == Names{"100%/%H", "100%/%H1"});
}

TEST_CASE("files that are rotated by time are named by it") {
  const Zone zone;
  CHECK(names({{.path = "d/%H%M%S.flowz", .interval = 60s}, kStart}, 3, 60s) ==
        Names{"d/221320.flowz", "d/221420.flowz", "d/221520.flowz"});
}

TEST_CASE("the time in a name is local") {
  const Zone zone("IST-5:30");
  CHECK(Rotation({.path = "%H%M", .interval = 60s}, kStart).path() == "0343");
  const Zone back;
}

TEST_CASE("a time that is too coarse does not overwrite the file before") {
  const Zone zone;
  CHECK(names({{.path = "%H", .interval = 20min}, kStart}, 5, 20min) ==
        Names{"22", "221", "222", "23", "231"});
}

TEST_CASE("with size and interval the number begins again with each time") {
  const Zone zone;
  Rotation rotation({.path = "%M-", .size = 5, .interval = 60s, .count = 20}, kStart);
  CHECK(rotation.path() == "13-00");
  rotation.advance(kStart + 10s);
  CHECK(rotation.path() == "13-01");
  rotation.advance(kStart + 60s);
  CHECK(rotation.path() == "14-00");
  CHECK(names({{.path = "f", .size = 5, .interval = 1s, .count = 2}, kStart}, 4, 1s) ==
        Names{"f0", "f1", "f2", "f3"});
}

TEST_CASE("with an interval and a count a name without a time gets numbers") {
  CHECK(names({{.path = "f", .interval = 1s, .count = 12}, kStart}, 3, 1s) ==
        Names{"f00", "f01", "f02"});
}

TEST_CASE("a file is due when it is larger, or when its interval is over") {
  Rotation by_size({.path = "f", .size = 1000}, kStart);
  CHECK_FALSE(by_size.is_due(1000, kStart + 24h));
  CHECK(by_size.is_due(1001, kStart));
  Rotation by_time({.path = "%s", .interval = 10s}, kStart);
  CHECK_FALSE(by_time.is_due(UINT64_MAX, kStart + 9999ms));
  CHECK(by_time.is_due(0, kStart + 10s));
  by_time.advance(kStart + 25s);
  CHECK_FALSE(by_time.is_due(0, kStart + 30s));
  CHECK(by_time.is_due(0, kStart + 35s));
}

TEST_CASE("a clock that is set back begins the interval anew") {
  Rotation rotation({.path = "%s", .interval = 10s}, kStart);
  CHECK_FALSE(rotation.is_due(0, kStart - 1h));
  CHECK_FALSE(rotation.is_due(0, kStart - 1h + 9s));
  CHECK(rotation.is_due(0, kStart - 1h + 10s));
}

TEST_CASE("a count ends what is rotated by time alone") {
  Rotation rotation({.path = "%s", .interval = 10s, .count = 2}, kStart);
  CHECK_FALSE(rotation.is_last());
  rotation.advance(kStart + 10s);
  CHECK(rotation.is_last());
  CHECK(Rotation({.path = "%s", .interval = 10s, .count = 1}, kStart).is_last());
  CHECK_FALSE(Rotation({.path = "f", .size = 1, .count = 1}, kStart).is_last());
  CHECK_FALSE(Rotation({.path = "f", .size = 1, .interval = 1s, .count = 1}, kStart).is_last());
}

TEST_CASE("rules whose files would overwrite each other or leave the folder are refused") {
  const auto refusal = [](const RotationRules& rules) {
    const Status status = check(rules, kStart);
    return status ? "" : status.error().message;
  };
  CHECK(refusal({.path = "f", .interval = 1s}).find("overwrite") != std::string::npos);
  CHECK(refusal({.path = "100%%", .interval = 1s}).find("overwrite") != std::string::npos);
  CHECK(refusal({.path = "%F/f", .interval = 1s}).find("folder") != std::string::npos);
  CHECK(refusal({.path = "%D", .interval = 1s}).find("makes no file name") != std::string::npos);
  CHECK(refusal({.path = "d/", .interval = 1s}).find("makes no file name") != std::string::npos);
  CHECK(refusal({.path = std::string(5000, 'x') + "%H", .interval = 1s}) != "");
  CHECK(refusal({.path = "%H", .interval = 1s}).empty());
  CHECK(refusal({.path = "f", .size = 1, .interval = 1s}).empty());
  CHECK(refusal({.path = "f", .interval = 1s, .count = 5}).empty());
  CHECK(refusal({.path = "%F/f", .size = 1}).empty());
}
