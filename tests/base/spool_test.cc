#include "lib/base/spool.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "tests/support/temp_dir.h"

using mitm::Bytes;
using mitm::Spool;
using mitm::SpoolSource;

namespace {

Bytes drain(mitm::ByteSource& source, std::size_t step) {
  Bytes all;
  std::string buffer(step, '\0');
  while (true) {
    const auto got = source.read(buffer);
    REQUIRE(got);
    if (*got == 0) return all;
    all.append(buffer, 0, *got);
  }
}

Bytes drain(const Spool& spool) {
  SpoolSource source(spool);
  return drain(source, 3);
}

/// Sets TMPDIR for the life of the object.
class TmpDir {
 public:
  explicit TmpDir(const std::string& path) { ::setenv("TMPDIR", path.c_str(), 1); }
  ~TmpDir() { ::unsetenv("TMPDIR"); }
};

}  // namespace

TEST_CASE("a spool gives back what was appended, in memory and in a file") {
  for (const std::size_t in_memory : {100U, 5U, 0U}) {
    CAPTURE(in_memory);
    Spool spool(in_memory);
    REQUIRE(spool.append("hello "));
    REQUIRE(spool.append(""));
    REQUIRE(spool.append("world"));
    CHECK(spool.size() == 11);
    CHECK(drain(spool) == "hello world");
    CHECK(drain(spool) == "hello world");
    REQUIRE(spool.append("!"));
    CHECK(drain(spool) == "hello world!");
  }
}

TEST_CASE("a part of a spool can be read") {
  Spool spool(4);
  REQUIRE(spool.append("0123456789"));
  SpoolSource part(spool, 3, 4);
  CHECK(drain(part, 100) == "3456");
}

TEST_CASE("a spool leaves no name behind") {
  const mitm::test::TempDir dir;
  const TmpDir tmp(dir.path().string());
  Spool spool(1);
  REQUIRE(spool.append("more than one"));
  CHECK(std::filesystem::is_empty(dir.path()));
  CHECK(drain(spool) == "more than one");
}

TEST_CASE("a spool touches no file while the content is small") {
  const TmpDir tmp("/nonexistent");
  Spool spool(8);
  REQUIRE(spool.append("12345678"));
  const auto refused = spool.append("9");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "create a temporary file in /nonexistent: No such file or directory");
}

TEST_CASE("an empty spool is at its end at once") {
  const Spool spool;
  CHECK(drain(spool).empty());
}
