#include "lib/tls/guarded.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;

namespace fs = std::filesystem;

TEST_CASE("what others can write is not believed, and the hint denies it to them") {
  const TempDir dir;
  const fs::path file = dir / "a b";
  REQUIRE(write_file_atomically(file, "x", 0644, IfExists::kFail));
  CHECK(tls::read_guarded(file, tls::kCaCertificate, 10) == Bytes("x"));
  CHECK_FALSE(tls::read_guarded(file, tls::kCaKey, 10));
  fs::permissions(file, fs::perms(0664));
  const auto refused = tls::read_guarded(file, tls::kCaCertificate, 10);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        file.string() + ": mode 0664 lets others replace the CA's certificate");
  CHECK(refused.error().hint == "chmod 644 '" + file.string() + "'");
}

TEST_CASE("directories are judged alike, unless they are not there") {
  const TempDir dir;
  CHECK(tls::check_directory(dir.path(), tls::kCaDirectory));
  CHECK(tls::check_directory(dir / "none", tls::kCaDirectory));
  fs::permissions(dir.path(), fs::perms(0702));
  CHECK_FALSE(tls::check_directory(dir.path(), tls::kCaDirectory));
}

TEST_CASE("a home is not believed where others could put another one in its place") {
  const TempDir dir;
  const fs::path home = dir / "open" / "deeper" / "home";
  fs::create_directories(home);
  fs::create_directory_symlink(home, dir / "link");
  CHECK(tls::check_home(home));
  fs::permissions(dir / "open", fs::perms(0777));
  for (const fs::path& name : {home, dir / "link", dir / "link/", dir / "open/new/home"}) {
    const auto refused = tls::check_home(name);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with((dir / "open").string() +
                                              ": its mode 0777 lets others replace "));
    CHECK(refused.error().hint == "chmod o-w " + (dir / "open").string());
  }
  fs::permissions(dir / "open", fs::perms(01777));
  CHECK(tls::check_home(home));
}

TEST_CASE("what belongs to another user is not believed, unless that is root") {
  if (::geteuid() != 0) return;  // nobody else can give a file away
  const TempDir dir;
  const fs::path file = dir / "a";
  REQUIRE(write_file_atomically(file, "x", 0600, IfExists::kFail));
  REQUIRE(::chown(file.c_str(), 12345, 0) == 0);
  REQUIRE(::chown(dir.path().c_str(), 12345, 0) == 0);
  CHECK(tls::read_guarded(file, tls::kCaKey, 10).error().message.find("belongs to user 12345") !=
        std::string::npos);
  CHECK_FALSE(tls::check_directory(dir.path(), tls::kCaDirectory));
}
