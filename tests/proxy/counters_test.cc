#include "lib/proxy/counters.h"

#include <catch2/catch.hpp>
#include <thread>
#include <vector>

namespace mitm::proxy {
namespace {

const flow::FlowError kError{"dns", "no such host"};

TEST_CASE("the totals add up, whoever counts") {
  Counters counters;
  constexpr int kThreads = 4;
  constexpr int kEach = 1000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) {
        counters.count({.kind = flow::Kind::kHttp});
        counters.count({.kind = flow::Kind::kTls, .passed = true});
        counters.count({.kind = flow::Kind::kTcp, .error = kError});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto totals = counters.totals();
  CHECK(
      totals ==
      flow::Totals{.seen = 12000, .recorded = 4000, .filtered = 0, .passed = 4000, .failed = 4000});
  CHECK(counters.recorded() == 4000);
}

TEST_CASE("what turns out to be lost was not recorded") {
  Counters counters;
  const flow::FlowEnd passed{.kind = flow::Kind::kTls, .passed = true};
  counters.count({});
  counters.count({});
  counters.count(passed);
  counters.lose({});
  counters.lose(passed);
  counters.set_hurried_frames(4);
  CHECK(counters.totals() ==
        flow::Totals{.seen = 3, .recorded = 1, .lost = 2, .hurried_frames = 4});
}

TEST_CASE("ids begin at 1 and are given out once") {
  Counters counters;
  CHECK(counters.next_connection() == 1);
  CHECK(counters.next_connection() == 2);
  CHECK(counters.next_flow() == 1);
  CHECK(counters.next_flow() == 2);
}

}  // namespace
}  // namespace mitm::proxy
