#include "cmd/mitm-record/signals.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

using namespace mitm;
using record::Hangup;
using record::Inherited;
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
