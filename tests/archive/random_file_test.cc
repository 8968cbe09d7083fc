#include "lib/archive/random_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/support/temp_dir.h"

using namespace mitm;
using archive::RandomFile;

namespace {

struct Ten {
  Ten() { std::ofstream(path) << "0123456789"; }
  test::TempDir folder;
  std::filesystem::path path = folder.path() / "ten";
};

}  // namespace

TEST_CASE("a file is read at any place") {
  const Ten ten;
  const auto file = RandomFile::open(ten.path).value().value();
  CHECK(file.size() == 10);
  Bytes octets;
  REQUIRE(file.read(3, 4, octets));
  CHECK(octets == "3456");
  REQUIRE(file.read(10, 0, octets));
  CHECK(octets.empty());
}

TEST_CASE("a file that became shorter is told") {
  const Ten ten;
  const auto file = RandomFile::open(ten.path).value().value();
  std::filesystem::resize_file(ten.path, 5);
  Bytes octets;
  const Status read = file.read(3, 4, octets);
  REQUIRE_FALSE(read);
  CHECK(read.error().code == Code::kCorrupt);
}

TEST_CASE("a range is a stream that ends with it, or with the file") {
  const Ten ten;
  const auto file = RandomFile::open(ten.path).value().value();
  CHECK(read_all(*file.range(2, 6), "range", 100).value() == "2345");
  CHECK(read_all(*file.range(8, 50), "range", 100).value() == "89");
  CHECK(read_all(*file.range(6, 2), "range", 100).value().empty());
}

TEST_CASE("what is no regular file is not read at random, and a pipe not even opened") {
  const test::TempDir folder;
  CHECK_FALSE(RandomFile::open("/dev/null").value());
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_FALSE(RandomFile::open(pipe).value());
  CHECK_FALSE(RandomFile::open(folder.path() / "missing"));
}
