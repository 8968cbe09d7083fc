#include "lib/archive/follow_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <thread>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using mitm::archive::FollowWatch;
using mitm::test::TempDir;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

Clock::duration duration_of_wait(const FollowWatch& watch, std::chrono::milliseconds at_most) {
  const auto begin = Clock::now();
  watch.wait(at_most);
  return Clock::now() - begin;
}

}  // namespace

TEST_CASE("what is written ends a wait, also when it was written before") {
  const TempDir dir;
  FdSink sink(Fd(::open((dir / "a").c_str(), O_WRONLY | O_CREAT, 0600)), "a");
  const Fd reader = open_for_reading(dir / "a").value();
  FollowWatch watch;
  watch.add(reader.get());
  REQUIRE(sink.write("x"));
  CHECK(duration_of_wait(watch, 30s) < 20s);
  std::jthread writer([&] {
    std::this_thread::sleep_for(20ms);
    REQUIRE(sink.write("y"));
  });
  CHECK(duration_of_wait(watch, 30s) < 20s);
}

TEST_CASE("a wait in which nothing happens takes its time") {
  const TempDir dir;
  FdSink sink(Fd(::open((dir / "a").c_str(), O_WRONLY | O_CREAT, 0600)), "a");
  const Fd reader = open_for_reading(dir / "a").value();
  FollowWatch watch;
  CHECK(duration_of_wait(watch, 30ms) >= 29ms);
  watch.add(reader.get());
  CHECK(duration_of_wait(watch, 30ms) >= 29ms);
  REQUIRE(sink.write("x"));
  watch.wait(30ms);
  CHECK(duration_of_wait(watch, 30ms) >= 29ms);  // told once
  watch.remove(reader.get());
  REQUIRE(sink.write("x"));
  watch.wait(30ms);  // that nobody watches any more
  CHECK(duration_of_wait(watch, 30ms) >= 29ms);
}

TEST_CASE("a file that is opened twice is watched until both are gone") {
  const TempDir dir;
  FdSink sink(Fd(::open((dir / "a").c_str(), O_WRONLY | O_CREAT, 0600)), "a");
  const Fd one = open_for_reading(dir / "a").value();
  const Fd other = open_for_reading(dir / "a").value();
  FollowWatch watch;
  watch.add(one.get());
  watch.add(other.get());
  watch.remove(one.get());
  REQUIRE(sink.write("x"));
  CHECK(duration_of_wait(watch, 30s) < 20s);
}

TEST_CASE("pipes are waited for too") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  FollowWatch watch;
  watch.add(reader.get());
  CHECK(duration_of_wait(watch, 30ms) >= 29ms);
  REQUIRE(::write(writer.get(), "x", 1) == 1);
  CHECK(duration_of_wait(watch, 30s) < 20s);
}
