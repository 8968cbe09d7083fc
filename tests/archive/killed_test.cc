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

/// Writes until it is killed, and tells `told` how many records are flushed. `content` octets make
/// a record.
[[noreturn]] void write_for_ever(const std::filesystem::path& path, int told, std::size_t content) {
  test::ManualClock clock(Time{std::chrono::seconds{1'800'000'000}});
  auto writer = archive::Writer::open(archive::create_archive_file(path).value(),
                                      {.run_id = 7, .tool = "test 1"}, clock);
  const Bytes body(content, 'b');
  for (std::uint64_t flushed = 0; writer; ++flushed) {
    static_cast<void>(::write(told, &flushed, sizeof flushed));
    const flow::Record record{
        .connection = 1, .flow = flushed + 1, .event = flow::BodyChunk{.data = body}};
    const flow::Record end{.connection = 1, .flow = flushed + 1, .event = flow::FlowEnd{}};
    if (!(*writer)->append(record) || !(*writer)->append(end) || !(*writer)->flush()) break;
    clock.advance(std::chrono::seconds(1));  // so that frames are closed too
  }
  ::_exit(1);
}

/// How many flows were flushed when the writer was killed after `delay`.
std::uint64_t kill_writer(const std::filesystem::path& path, std::chrono::microseconds delay,
                          std::size_t content) {
  int told[2];
  REQUIRE(::pipe(told) == 0);
  const ::pid_t writer = ::fork();
  if (writer == 0) {
    ::close(told[0]);
    write_for_ever(path, told[1], content);
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
  std::uint64_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::chrono::microseconds delay(random() % 4000);
    const std::size_t content = random() % 3 == 0 ? 50'000 : 100;
    const std::uint64_t flushed = kill_writer(path, delay, content);
    INFO("killed after " << delay.count() << " microseconds, " << flushed << " flows flushed");
    const auto back = test::read_back(read_file(path, std::size_t{1} << 30).value());
    REQUIRE_FALSE(back.error);
    REQUIRE(back.admits_loss());
    REQUIRE(back.records.size() >= 2 * flushed);
    REQUIRE(back.records.size() <= 2 * (flushed + 1));
    for (std::size_t record = 0; record < back.records.size(); ++record)
      REQUIRE(back.records[record].flow == 1 + record / 2);
    most = std::max(most, flushed);
  }
  CHECK(most > 30);  // more than a frame
}
