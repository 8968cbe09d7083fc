#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <chrono>
#include <random>
#include <thread>

#include "lib/archive/check.h"
#include "tests/archive/story.h"
#include "tests/support/temp_dir.h"

// A writer that is killed at any moment leaves a file that has everything it had flushed, in order,
// and says that it was cut.

using namespace mitm;

namespace {

/// Writes until it is killed, and tells `told` how many flows are flushed.
[[noreturn]] void write_for_ever(const std::filesystem::path& path, int told,
                                 const flow::Record& content, unsigned flush_every) {
  test::ManualClock clock(Time{std::chrono::seconds{1'800'000'000}});
  auto writer = archive::Writer::open(archive::create_archive_file(path).value(),
                                      {.run_id = 7, .tool = "test 1"}, clock);
  for (std::uint64_t done = 0; writer; ++done) {
    if (done % flush_every == 0) {
      if (!(*writer)->flush()) break;
      static_cast<void>(::write(told, &done, sizeof done));
    }
    const flow::Record record{.connection = 1, .flow = done + 1, .event = content.event};
    const flow::Record end{.connection = 1, .flow = done + 1, .event = flow::FlowEnd{}};
    if (!(*writer)->append(record) || !(*writer)->append(end)) break;
    clock.advance(std::chrono::milliseconds(1000) / flush_every);  // so that frames are closed too
  }
  ::_exit(1);
}

/// How many flows were flushed when the writer was killed after `delay`.
std::uint64_t kill_writer(const std::filesystem::path& path, std::chrono::microseconds delay,
                          const flow::Record& content, unsigned flush_every) {
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const ::pid_t writer = ::fork();
  if (writer == 0) {
    ::close(told[0]);
    write_for_ever(path, told[1], content, flush_every);
  }
  ::close(told[1]);
  std::uint64_t flushed = 0;
  REQUIRE(::read(told[0], &flushed, sizeof flushed) == sizeof flushed);  // it has begun
  std::this_thread::sleep_for(delay);
  REQUIRE(::kill(writer, SIGKILL) == 0);
  int status = 0;
  REQUIRE(::waitpid(writer, &status, 0) == writer);
  REQUIRE(WIFSIGNALED(status));
  while (::read(told[0], &flushed, sizeof flushed) == sizeof flushed) {
  }
  ::close(told[0]);
  return flushed;
}

}  // namespace

TEST_CASE("killed at a thousand moments, a writer leaves all that it had flushed") {
  const test::TempDir folder;
  const auto path = folder.path() / "x.flowz";
  std::mt19937 random(1);
  const flow::Record contents[] = {test::text(100, 1), test::text(50'000, 1),
                                   test::noise(60'000, 1)};
  std::uint64_t most = 0;
  // A slow machine gets more moments, later ones, until a writer has come far enough.
  for (int i = 0; i < 1000 || (most <= 30 && i < 1100); ++i) {
    const std::chrono::microseconds delay(i < 1000 ? random() % 4000 : (i - 999) * 20'000);
    const flow::Record& content = contents[random() % 3];
    // In between, blocks reach the file by themselves.
    const unsigned flush_every = random() % 2 == 0 ? 1 : 20;
    const std::uint64_t flushed = kill_writer(path, delay, content, flush_every);
    INFO("killed after " << delay.count() << " microseconds, " << flushed << " flows flushed");
    const auto back = test::read_back(read_file(path, std::size_t{1} << 30).value());
    REQUIRE_FALSE(back.error);
    REQUIRE(back.admits_loss());
    REQUIRE(back.records.size() >= 2 * flushed);
    REQUIRE(back.records.size() <= 2 * (flushed + flush_every));
    for (std::size_t record = 0; record < back.records.size(); ++record)
      REQUIRE(back.records[record].flow == 1 + record / 2);
    most = std::max(most, flushed);
  }
  CHECK(most > 30);  // more than a frame
}
