#include "cmd/mitm-record/signals.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <tuple>

using namespace mitm;
using record::Hangup;
using record::Inherited;
using record::Insistence;
using record::watched_signals;

namespace {

bool watches(const std::vector<int>& signals, int signal) {
  return std::ranges::count(signals, signal) == 1;
}

Inherited with_nohup() {
  Inherited inherited;
  inherited.ignored = {SIGHUP};
  return inherited;
}

}  // namespace

TEST_CASE("signals that only a command understands are watched for its sake") {
  CHECK_FALSE(watches(watched_signals({}, false), SIGUSR2));
  CHECK(watches(watched_signals({}, true), SIGUSR2));
  for (const bool command : {false, true})
    for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGCHLD})
      CHECK(watches(watched_signals({}, command), signal));
}

TEST_CASE("nohup stays in force for a command") {
  CHECK_FALSE(watches(watched_signals(with_nohup(), true), SIGHUP));
  CHECK(watches(watched_signals(with_nohup(), false), SIGHUP));
}

TEST_CASE("a hangup by the kernel ends us unless it was to be ignored, one by kill opens files") {
  const net::Signal by_kernel{.number = SIGHUP, .from_kernel = true};
  const net::Signal by_kill{.number = SIGHUP, .from_kernel = false};
  CHECK(Hangup(Inherited{}).meaning(by_kernel) == Hangup::Meaning::kEnd);
  CHECK(Hangup(Inherited{}).meaning(by_kill) == Hangup::Meaning::kReopen);
  CHECK(Hangup(with_nohup()).meaning(by_kernel) == Hangup::Meaning::kNothing);
  CHECK(Hangup(with_nohup()).meaning(by_kill) == Hangup::Meaning::kReopen);
}

TEST_CASE("a second signal aborts, but an echo of the first does not") {
  using std::chrono::milliseconds;
  using Meaning = Insistence::Meaning;
  const net::Signal interrupt{.number = SIGINT, .from_kernel = true};
  const net::Signal term{.number = SIGTERM, .from_kernel = false};
  const Insistence::Clock::time_point start;
  for (const auto& [second, after, meaning] :
       {std::tuple{term, milliseconds(0), Meaning::kNothing},
        std::tuple{term, milliseconds(49), Meaning::kNothing},
        std::tuple{term, milliseconds(50), Meaning::kAbort},
        std::tuple{interrupt, milliseconds(0), Meaning::kAbort},
        std::tuple{interrupt, milliseconds(1000), Meaning::kAbort}}) {
    Insistence insistence;
    CHECK(insistence.meaning(term, start) == Meaning::kEnd);
    CHECK(insistence.meaning(second, start + after) == meaning);
  }
}

TEST_CASE("an echo does not make the time longer in which others are taken for one") {
  using std::chrono::milliseconds;
  const net::Signal term{.number = SIGTERM, .from_kernel = false};
  const Insistence::Clock::time_point start;
  Insistence insistence;
  insistence.meaning(term, start);
  CHECK(insistence.meaning(term, start + milliseconds(40)) == Insistence::Meaning::kNothing);
  CHECK(insistence.meaning(term, start + milliseconds(60)) == Insistence::Meaning::kAbort);
}
