#include "lib/tls/key_log.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

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
