#include "lib/base/find_program.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;

namespace {

/// $PATH while it lives.
class SearchPath {
 public:
  explicit SearchPath(const std::string& path) { ::setenv("PATH", path.c_str(), 1); }
  SearchPath(const SearchPath&) = delete;
  SearchPath& operator=(const SearchPath&) = delete;
  ~SearchPath() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_ = std::getenv("PATH");
};

void put(const std::filesystem::path& path, unsigned mode) {
  std::filesystem::create_directories(path.parent_path());
  REQUIRE(write_file_atomically(path, "", mode, IfExists::kFail));
}

int refusal(const std::string& program) {
  const auto found = find_program(program);
  return found ? 0 : found.error();
}

}  // namespace

TEST_CASE("a program with a slash is the one that it names") {
  CHECK(find_program("/bin/sh") == "/bin/sh");
  CHECK(refusal("/no/such/program") == ENOENT);
  CHECK(refusal("/etc/passwd/program") == ENOTDIR);
  CHECK(refusal("/etc/passwd") == EACCES);
  CHECK(refusal("/") == EACCES);
}

TEST_CASE("a program without one is the first in $PATH that can be run") {
  const test::TempDir dir;
  put(dir / "text" / "one", 0600);
  put(dir / "first" / "one", 0700);
  put(dir / "second" / "one", 0700);
  std::filesystem::create_directories(dir / "folder" / "one");
  const auto at = [&](const char* name) { return (dir / name).string(); };
  const SearchPath path(at("none") + ":/etc/passwd:" + at("text") + ":" + at("folder") + ":" +
                        at("first") + ":" + at("second"));
  CHECK(find_program("one") == at("first") + "/one");
  CHECK(refusal("two") == ENOENT);
  CHECK(refusal("") == ENOENT);
}

TEST_CASE("one that is there and cannot be run is told apart from none") {
  const test::TempDir dir;
  put(dir / "one", 0600);
  const SearchPath path(dir.path().string() + ":/no/such/directory");
  CHECK(refusal("one") == EACCES);
  CHECK(refusal("two") == ENOENT);
}

TEST_CASE("an empty directory in $PATH is the present one") {
  const test::TempDir dir;
  put(dir / "one", 0700);
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(dir.path());
  for (const auto* variable : {"", ":/bin", "/bin:", "/bin::/usr/bin"}) {
    const SearchPath path(variable);
    CHECK(find_program("one") == "./one");
  }
  std::filesystem::current_path(before);
}

TEST_CASE("administrators' programs are found without being in $PATH") {
  const test::TempDir dir;
  const SearchPath path(dir.path().string());
  CHECK(refusal("ldconfig") == ENOENT);
  CHECK(find_system_program("ldconfig")->ends_with("/sbin/ldconfig"));
  put(dir / "ldconfig", 0700);
  CHECK(find_system_program("ldconfig") == (dir / "ldconfig").string());
  CHECK(find_system_program("").error() == ENOENT);
  CHECK(find_system_program("no-such-program-here").error() == ENOENT);
}
