#include "lib/base/temporary_directory.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "lib/base/io.h"

using mitm::TemporaryDirectory;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0;
}

}  // namespace

TEST_CASE("a temporary directory vanishes with its files") {
  std::string path;
  {
    auto directory = TemporaryDirectory::create("mitm-test");
    REQUIRE(directory);
    path = directory->path();
    REQUIRE(directory->write(path + "/a", "certificates", 0644));
    REQUIRE(directory->write(path + "/b", "password", 0600));
    CHECK(mitm::read_file(path + "/a", 100).value() == "certificates");
    const auto old = ::umask(0);
    REQUIRE(directory->write(path + "/c", "", 0600));
    ::umask(old);
    CHECK(mode_of(path + "/a") == 0644);
    CHECK(mode_of(path + "/b") == 0600);
    CHECK(mode_of(path + "/c") == 0600);
    // Nobody else lists it.
    CHECK(mode_of(path) == 0711);
    CHECK_FALSE(directory->write(path + "/a", "again", 0600));
    const TemporaryDirectory moved = *std::move(directory);
    CHECK(std::filesystem::exists(moved.path() + "/a"));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}
