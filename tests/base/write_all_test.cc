#include "lib/base/write_all.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "lib/base/fd.h"

using namespace mitm;

TEST_CASE("more than a pipe takes at once is written in full") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  std::size_t got = 0;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t size = 1; size > 0; got += static_cast<std::size_t>(size)) {
      size = std::max<ssize_t>(0, ::read(from.get(), buffer, sizeof buffer));
    }
  });
  const Status written = write_all(to.get(), Bytes(1'000'000, 'x'), "the pipe");
  to = Fd();
  reader.join();
  CHECK(written);
  CHECK(got == 1'000'000);
}

TEST_CASE("what was not written stays, and a pipe that nobody reads is told from a full disk") {
  int ends[2] = {-1, -1};
  REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
  Fd from(ends[0]);
  const Fd to(ends[1]);
  const Bytes bytes(1'000'000, 'x');
  ByteView rest = bytes;
  CHECK(write_rest(to.get(), rest, "the pipe").error().code == Code::kIo);
  CHECK(bytes.size() - rest.size() == static_cast<std::size_t>(::fcntl(to.get(), F_GETPIPE_SZ)));
  from = Fd();
  std::signal(SIGPIPE, SIG_IGN);
  const Status written = write_rest(to.get(), rest, "the pipe");
  CHECK(written.error() == Error{Code::kCancelled, "write the pipe: nobody reads it any more"});
}

TEST_CASE("a failed write calls the descriptor by its name") {
  const Fd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  const Status written = write_all(full.get(), "x", "the disk");
  REQUIRE_FALSE(written);
  CHECK(written.error().message == "write the disk: No space left on device");
}
