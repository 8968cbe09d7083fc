#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "lib/archive/reader.h"
#include "lib/archive/writer.h"
#include "tests/archive/recording.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::TempDir;

namespace {

unsigned mode_of(const std::filesystem::path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 0777U;
}

}  // namespace

TEST_CASE("an archive file is for its owner only and reads back") {
  const TempDir dir;
  const auto path = dir / "a.flowz";
  const SystemClock clock;
  auto writer = Writer::open(create_archive_file(path).value(), {.run_id = 1}, clock).value();
  CHECK(mode_of(path) == 0600);
  REQUIRE(writer->append(test::text(100, 5)));
  REQUIRE(writer->finish({}));
  const auto reader = open_archive(path).value();
  CHECK(std::holds_alternative<flow::Header>(reader->next().value()->event));
  CHECK(reader->next().value()->flow == 5);
}

TEST_CASE("an existing file is replaced and loses its wider mode") {
  const TempDir dir;
  const auto path = dir / "a.flowz";
  REQUIRE(write_file_atomically(path, Bytes(100'000, 'x'), 0644, IfExists::kReplace));
  const SystemClock clock;
  auto writer = Writer::open(create_archive_file(path).value(), {.run_id = 1}, clock).value();
  REQUIRE(writer->finish({}));
  CHECK(mode_of(path) == 0600);
  CHECK(std::filesystem::file_size(path) < 1000);
}

TEST_CASE("a file that is being written is left alone") {
  const TempDir dir;
  const auto path = dir / "a.flowz";
  auto first = create_archive_file(path).value();
  REQUIRE(first->write("precious"));
  const auto second = create_archive_file(path);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == path.string() + ": in use by another mitm-record");
  CHECK(read_file(path, 100).value() == "precious");
  REQUIRE(first->close());
  CHECK(create_archive_file(path));
}

TEST_CASE("what cannot be created or opened says why") {
  const TempDir dir;
  CHECK(create_archive_file(dir / "no/a.flowz").error().message ==
        "create " + (dir / "no/a.flowz").string() + ": No such file or directory");
  CHECK(open_archive(dir / "none").error().message ==
        "open " + (dir / "none").string() + ": No such file or directory");
}

TEST_CASE("devices can be written to") {
  auto sink = create_archive_file("/dev/null");
  REQUIRE(sink);
  CHECK((*sink)->write("x"));
}

TEST_CASE("a file that is truncated while it is written is not written any more") {
  const TempDir dir;
  const auto path = dir / "a.flowz";
  REQUIRE(write_file_atomically(path, "older", 0600, IfExists::kReplace));
  for (const std::uintmax_t left : {0, 3}) {
    auto sink = create_archive_file(path).value();
    REQUIRE(sink->write("content"));
    REQUIRE(sink->write("more"));
    std::filesystem::resize_file(path, left);
    for (int i = 0; i < 3; ++i) {
      const Status written = sink->write("even more content");
      REQUIRE_FALSE(written);
      CHECK(written.error().code == Code::kCorrupt);
      CHECK(written.error().message ==
            path.string() + " was truncated while it was written: what it held is lost");
    }
    // There is no hole.
    CHECK(std::filesystem::file_size(path) == left + 3 * 17);
  }
}

TEST_CASE("a file goes on behind what it holds, or in its place, until it is truncated") {
  const TempDir dir;
  const auto path = dir / "a.flowz";
  for (const auto old : {OldContent::kStays, OldContent::kGoes}) {
    auto first = create_archive_file(path).value();
    REQUIRE(first->write("first"));
    auto second = continue_archive_file(first->descriptor(), path.string(), old).value();
    REQUIRE(first->write(", end"));
    REQUIRE(first->close());
    REQUIRE(second->write("second"));
    CHECK(read_file(path, 100).value() ==
          (old == OldContent::kStays ? "first, endsecond" : "second"));
    std::filesystem::resize_file(path, 4);
    CHECK_FALSE(second->write("x"));
  }
}
