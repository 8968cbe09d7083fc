#include "lib/archive/torn_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using archive::keep_torn_end;

namespace {

Fd file_of(const std::filesystem::path& path, const Bytes& content) {
  REQUIRE(write_file_atomically(path, content, 0644, IfExists::kFail));
  return Fd(::open(path.c_str(), O_RDWR | O_CLOEXEC));
}

}  // namespace

TEST_CASE("the end of a file is kept beside it, for its owner only") {
  const test::TempDir dir;
  const auto path = dir / "a.flowz";
  const Bytes content(200'000, 'x');
  const Fd fd = file_of(path, content + "end");
  const auto torn = keep_torn_end(fd.get(), 100'000, path).value();
  CHECK(torn == dir / "a.flowz.torn");
  CHECK(read_file(torn, 1'000'000).value() == content.substr(100'000) + "end");
  CHECK(read_file(path, 1'000'000).value() == content + "end");
  struct stat info{};
  REQUIRE(::stat(torn.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777U) == 0600);
}

TEST_CASE("an earlier end is never overwritten, not even through a link") {
  const test::TempDir dir;
  const auto path = dir / "a";
  const Fd fd = file_of(path, "0123456789");
  REQUIRE(write_file_atomically(dir / "a.torn", "earlier", 0600, IfExists::kFail));
  std::filesystem::create_symlink(dir / "nowhere", dir / "a.torn.1");
  CHECK(keep_torn_end(fd.get(), 7, path).value() == dir / "a.torn.2");
  CHECK(keep_torn_end(fd.get(), 8, path).value() == dir / "a.torn.3");
  CHECK(read_file(dir / "a.torn", 100).value() == "earlier");
  CHECK(read_file(dir / "a.torn.2", 100).value() == "789");
  CHECK_FALSE(std::filesystem::exists(dir / "nowhere"));
}

TEST_CASE("an end that cannot be kept says why") {
  const test::TempDir dir;
  const Fd fd = file_of(dir / "a", "0123456789");
  CHECK(keep_torn_end(fd.get(), 0, dir / "no/a").error().message ==
        "create " + (dir / "no/a.torn").string() + ": No such file or directory");
  CHECK(keep_torn_end(-1, 0, dir / "a").error().message ==
        "read " + (dir / "a").string() + ": Bad file descriptor");
  CHECK_FALSE(std::filesystem::exists(dir / "a.torn"));
}
