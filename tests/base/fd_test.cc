#include "lib/base/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

using mitm::Fd;

namespace {

Fd open_something() { return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

}  // namespace

TEST_CASE("a descriptor is closed with its owner") {
  int number = -1;
  {
    const Fd fd = open_something();
    number = fd.get();
    REQUIRE(fd.is_open());
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("moving leaves the source empty and closes what the target had") {
  Fd from = open_something();
  Fd to = open_something();
  const int kept = from.get();
  const int closed = to.get();
  to = std::move(from);
  CHECK(to.get() == kept);
  CHECK(is_open(kept));
  CHECK_FALSE(is_open(closed));
}

TEST_CASE("a released descriptor is the caller's") {
  Fd fd = open_something();
  const int number = fd.release();
  CHECK_FALSE(fd.is_open());
  CHECK(is_open(number));
  ::close(number);
}
