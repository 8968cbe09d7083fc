#include "lib/tls/home_lock.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <future>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
namespace fs = std::filesystem;

TEST_CASE("a home and what is missing above it are private, whatever the umask is") {
  const TempDir dir;
  const mode_t before = ::umask(0);
  const auto made = tls::make_home(dir / "a/b/home");
  const auto again = tls::make_home(dir / "a/b/home");
  ::umask(before);
  CHECK(made);
  CHECK(again);
  for (const auto* name : {"a", "a/b", "a/b/home"})
    CHECK(fs::status(dir / name).permissions() == fs::perms(0700));
}

TEST_CASE("a home that cannot be made says why") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "file", "", 0600, IfExists::kFail));
  CHECK(tls::make_home(dir / "file").error().message ==
        "create " + (dir / "file").string() + ": File exists");
  CHECK(tls::make_home(dir / "file/home").error().message ==
        "create " + (dir / "file/home").string() + ": Not a directory");
}

TEST_CASE("of two that lock a directory one waits") {
  const TempDir dir;
  CHECK_FALSE(tls::lock_directory(dir.path(), tls::IfMissing::kFail));
  auto first = tls::lock_directory(dir.path(), tls::IfMissing::kCreate);
  REQUIRE(first);
  auto second = std::async(std::launch::async, [&] {
    return tls::lock_directory(dir.path(), tls::IfMissing::kFail).has_value();
  });
  CHECK(second.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
  *first = Fd();
  CHECK(second.get());
}

TEST_CASE("only what was never finished is swept") {
  const TempDir dir;
  for (const auto* name : {"x.pem.a1B2c3", "x.pem", "x.txt.a1B2c3"})
    REQUIRE(write_file_atomically(dir / name, "", 0600, IfExists::kFail));
  tls::sweep(dir.path(), [](std::string_view name) { return name.ends_with(".pem"); });
  CHECK_FALSE(fs::exists(dir / "x.pem.a1B2c3"));
  CHECK(fs::exists(dir / "x.pem"));
  CHECK(fs::exists(dir / "x.txt.a1B2c3"));
}
