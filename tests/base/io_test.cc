#include "lib/base/io.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include "tests/support/temp_dir.h"

using mitm::IfExists;
using mitm::test::TempDir;

TEST_CASE("an atomic write leaves the content, the mode and nothing else") {
  const TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "key", "secret", 0600, IfExists::kFail));
  CHECK(mitm::read_file(dir / "key", 100).value() == "secret");
  struct stat info{};
  REQUIRE(::stat((dir / "key").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("an atomic write does not replace unless told to") {
  const TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "key", "old", 0600, IfExists::kFail));
  const auto refused = mitm::write_file_atomically(dir / "key", "new", 0600, IfExists::kFail);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "create " + (dir / "key").string() + ": File exists");
  CHECK(mitm::read_file(dir / "key", 100).value() == "old");
  REQUIRE(mitm::write_file_atomically(dir / "key", "new", 0600, IfExists::kReplace));
  CHECK(mitm::read_file(dir / "key", 100).value() == "new");
}

TEST_CASE("reading names the file and the reason") {
  const TempDir dir;
  CHECK(mitm::read_file(dir / "none", 100).error().message ==
        "open " + (dir / "none").string() + ": No such file or directory");
  CHECK(mitm::read_file(dir.path(), 100).error().message ==
        "open " + dir.path().string() + ": Is a directory");
  REQUIRE(mitm::write_file_atomically(dir / "big", "12345", 0600, IfExists::kFail));
  CHECK(mitm::read_file(dir / "big", 4).error().code == mitm::Code::kLimit);
}

TEST_CASE("what never ends or never answers is not read where a regular file is meant") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  for (const std::filesystem::path& path :
       {dir / "pipe", std::filesystem::path("/dev/zero"), dir.path()}) {
    CHECK(mitm::read_regular_file(path, 100).error().message ==
          path.string() + ": not a regular file");
  }
  REQUIRE(mitm::write_file_atomically(dir / "file", "12345", 0600, IfExists::kFail));
  std::filesystem::create_symlink("file", dir / "link");
  CHECK(mitm::read_regular_file(dir / "link", 5).value() == "12345");
  CHECK(mitm::read_regular_file(dir / "link", 4).error().code == mitm::Code::kLimit);
}

TEST_CASE("the writer of a pipe is waited for") {
  const TempDir dir;
  const std::string path = (dir / "pipe").string();
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::thread writer([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    std::ofstream(path) << "12345";
  });
  CHECK(mitm::read_file(path, 100).value() == "12345");
  writer.join();
}

TEST_CASE("a pipe that nobody writes is not waited for against a signal") {
  const TempDir dir;
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &before) == 0);
  ::raise(SIGTERM);
  CHECK(mitm::read_file(dir / "pipe", 100).error().code == mitm::Code::kCancelled);
  int taken = 0;
  REQUIRE(::sigwait(&blocked, &taken) == 0);
  REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
}

TEST_CASE("temporary files are known by their names") {
  CHECK(mitm::unfinished_target("ca.key.a1B2c3") == "ca.key");
  for (const auto* name :
       {"ca.key", "ca.key.a1B2c", "ca.key.a1B2c3d", "ca.key.a1B2c_", ".a1B2c3", ""})
    CHECK(mitm::unfinished_target(name).empty());
}
