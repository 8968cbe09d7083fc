#include "lib/archive/writer_lock.h"

#include <fcntl.h>

#include <catch2/catch.hpp>

#include "lib/base/fd.h"
#include "tests/support/temp_dir.h"

using namespace mitm;

TEST_CASE("a file has one writer, and another one when the first is gone") {
  const test::TempDir dir;
  const auto path = dir / "a.flowz";
  Fd first(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  const Fd second(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(archive::lock_for_writing(first.get(), "a"));
  const Status refused = archive::lock_for_writing(second.get(), "a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "a: in use by another mitm-record");
  first = Fd();
  CHECK(archive::lock_for_writing(second.get(), "a"));
}

TEST_CASE("what cannot be locked says why") {
  const Status refused = archive::lock_for_writing(-1, "a");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "lock a: Bad file descriptor");
}
