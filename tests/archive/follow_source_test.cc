#include "lib/archive/follow_source.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "tests/archive/growing_file.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using mitm::archive::FollowSource;
using mitm::archive::FollowWatch;
using mitm::test::LockedFile;
using mitm::test::TempDir;

namespace {

FollowSource follow(const std::filesystem::path& path, FollowWatch& watch) {
  return FollowSource(open_for_reading(path).value(), "a", watch);
}

/// What can be read at once: the text, "again" or what went wrong.
std::string read(FollowSource& source) {
  std::array<char, 100> buffer{};
  const auto got = source.read(buffer);
  if (got) return {buffer.data(), *got};
  return got.error().code == Code::kAgain ? "again" : got.error().message;
}

}  // namespace

TEST_CASE("a file that a writer holds is never at its end") {
  const TempDir dir;
  FollowWatch watch;
  LockedFile file(dir / "a");
  auto source = follow(dir / "a", watch);
  CHECK_FALSE(source.is_ready());
  CHECK(read(source) == "again");
  file.write("hello");
  CHECK(source.is_ready());
  CHECK(read(source) == "hello");
  CHECK_FALSE(source.is_ready());
  CHECK(read(source) == "again");
  file.write("bye");
  file.close();
  CHECK(read(source) == "bye");
  CHECK(source.is_ready());
  CHECK(read(source).empty());
  CHECK(read(source).empty());
}

TEST_CASE("a file that nobody writes ends") {
  const TempDir dir;
  FollowWatch watch;
  REQUIRE(write_file_atomically(dir / "a", "hello", 0600, IfExists::kFail));
  auto source = follow(dir / "a", watch);
  CHECK(source.is_ready());
  CHECK(read(source) == "hello");
  CHECK(read(source).empty());
}

TEST_CASE("a followed file that became shorter is told") {
  const TempDir dir;
  FollowWatch watch;
  LockedFile file(dir / "a");
  file.write("hello");
  auto source = follow(dir / "a", watch);
  CHECK(read(source) == "hello");
  REQUIRE(::truncate((dir / "a").c_str(), 2) == 0);
  CHECK(source.is_ready());
  CHECK(read(source) == "a: was cut or overwritten while it was read, after byte 5");
}

TEST_CASE("a pipe ends when its writer closes it") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  Fd writer(ends[1]);
  FollowWatch watch;
  FollowSource source(Fd{ends[0]}, "a", watch);
  CHECK_FALSE(source.is_ready());
  CHECK(read(source) == "again");
  REQUIRE(::write(writer.get(), "hello", 5) == 5);
  CHECK(source.is_ready());
  CHECK(read(source) == "hello");
  writer = Fd();
  CHECK(read(source).empty());
}
