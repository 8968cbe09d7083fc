#include "lib/archive/replacement.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <iterator>

#include "lib/archive/writer.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using mitm::archive::replace_archive_file;
using mitm::test::TempDir;

namespace {

std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator(dir.path()), {}));
}

Bytes content(const std::filesystem::path& path) { return read_file(path, 1000).value(); }

void put(const std::filesystem::path& path, ByteView bytes) {
  REQUIRE(write_file_atomically(path, bytes, 0644, IfExists::kReplace));
}

}  // namespace

TEST_CASE("a new file is there when it is complete, and is for its owner only") {
  const TempDir dir;
  auto sink = replace_archive_file(dir / "a").value();
  REQUIRE(sink->write("hello"));
  CHECK(files_in(dir) == 0);
  REQUIRE(sink->close());
  CHECK(files_in(dir) == 1);
  CHECK(content(dir / "a") == "hello");
  struct stat info{};
  REQUIRE(::stat((dir / "a").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
}

TEST_CASE("an old file stays until then, and for good without it") {
  const TempDir dir;
  put(dir / "a", "old");
  {
    auto sink = replace_archive_file(dir / "a").value();
    REQUIRE(sink->write("new"));
    CHECK(content(dir / "a") == "old");
  }
  CHECK(content(dir / "a") == "old");
  CHECK(files_in(dir) == 1);
  auto sink = replace_archive_file(dir / "a").value();
  REQUIRE(sink->write("new"));
  REQUIRE(sink->close());
  CHECK(content(dir / "a") == "new");
  CHECK(files_in(dir) == 1);
}

TEST_CASE("a link still leads to the file") {
  const TempDir dir;
  put(dir / "a", "old");
  std::filesystem::create_symlink("a", dir / "link");
  auto sink = replace_archive_file(dir / "link").value();
  REQUIRE(sink->write("new"));
  REQUIRE(sink->close());
  CHECK(std::filesystem::is_symlink(dir / "link"));
  CHECK(content(dir / "a") == "new");
}

TEST_CASE("a file that is being recorded to is not replaced") {
  const TempDir dir;
  const auto recording = archive::create_archive_file(dir / "a").value();
  CHECK_FALSE(replace_archive_file(dir / "a"));
}

TEST_CASE("devices are written to, and no folder is no place") {
  const auto sink = replace_archive_file("/dev/null").value();
  REQUIRE(sink->write("x"));
  REQUIRE(sink->close());
  CHECK_FALSE(replace_archive_file("/nonexistent/a"));
}
