#include "lib/tls/key_log.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

// What is logged of real handshakes is tried with tshark, end to end.

using namespace mitm;

TEST_CASE("a key log is for its owner alone, and is added to") {
  const test::TempDir dir;
  REQUIRE(write_file_atomically(dir / "log", "earlier\n", 0644, IfExists::kReplace));
  REQUIRE(tls::KeyLog::open(dir / "log"));
  CHECK(read_file(dir / "log", 100).value() == "earlier\n");
  const auto fresh = tls::KeyLog::open(dir / "fresh");
  REQUIRE(fresh);
  CHECK((*fresh)->status());
  struct stat info{};
  REQUIRE(::stat((dir / "fresh").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a pipe without a reader is an error at once") {
  const test::TempDir dir;
  REQUIRE(::mkfifo((dir / "fifo").c_str(), 0600) == 0);
  CHECK_FALSE(tls::KeyLog::open(dir / "fifo"));
}

TEST_CASE("a key log that cannot be opened is an error") {
  const auto log = tls::KeyLog::open("/nonexistent/log");
  REQUIRE_FALSE(log);
  CHECK(log.error().message.find("/nonexistent/log") != std::string::npos);
}

TEST_CASE("a key log that was moved away goes on in a new file, or in the old one") {
  const test::TempDir dir;
  const auto folder = dir / "folder";
  std::filesystem::create_directory(folder);
  const auto log = tls::KeyLog::open(folder / "log").value();
  log->write("one");
  std::filesystem::rename(folder / "log", folder / "old");
  log->write("two");
  CHECK(log->reopen());
  log->write("three");
  CHECK(log->reopen());
  log->write("four");
  std::filesystem::rename(folder, dir / "moved");
  CHECK_FALSE(log->reopen());
  log->write("five");
  CHECK(log->status());
  CHECK(read_file(dir / "moved" / "old", 100).value() == "one\ntwo\n");
  CHECK(read_file(dir / "moved" / "log", 100).value() == "three\nfour\nfive\n");
}

TEST_CASE("a key log that failed goes on when it is opened again, and the failure is remembered") {
  const test::TempDir dir;
  std::filesystem::create_symlink("/dev/full", dir / "log");
  const auto log = tls::KeyLog::open(dir / "log").value();
  log->write("lost");
  CHECK_FALSE(log->status());
  std::filesystem::remove(dir / "log");
  CHECK(log->reopen());
  log->write("kept");
  CHECK_FALSE(log->status());
  CHECK(read_file(dir / "log", 100).value() == "kept\n");
}
