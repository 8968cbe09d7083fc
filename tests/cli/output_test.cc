#include "lib/cli/output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <thread>

#include "tests/support/temp_dir.h"

using mitm::cli::Output;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0); }
  ~Pipe() {
    close_reader();
    ::close(ends[1]);
  }
  void close_reader() {
    if (ends[0] >= 0) ::close(ends[0]);
    ends[0] = -1;
  }
  std::array<int, 2> ends{-1, -1};
};

}  // namespace

TEST_CASE("output is held back until it is flushed or large") {
  const mitm::test::TempDir dir;
  const auto path = dir / "out";
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  Output output(fd);
  REQUIRE(output.write("abc"));
  CHECK(std::filesystem::file_size(path) == 0);
  REQUIRE(output.flush());
  CHECK(std::filesystem::file_size(path) == 3);
  REQUIRE(output.write("d"));
  REQUIRE(output.write(std::string(200'000, 'e')));
  REQUIRE(output.write("f"));
  REQUIRE(output.close());
  ::close(fd);
  CHECK(mitm::read_file(path, 1'000'000).value() == "abcd" + std::string(200'000, 'e') + "f");
}

TEST_CASE("a reader that went away is its own error") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.close_reader();
  Output output(pipe.ends[1]);
  REQUIRE(output.write("abc"));
  CHECK(output.flush().error() == mitm::cli::output_closed());
}

TEST_CASE("that a reader went away shows before anything is written") {
  Pipe pipe;
  const Output output(pipe.ends[1]);
  CHECK(output.check());
  pipe.close_reader();
  CHECK(output.check().error() == mitm::cli::output_closed());
  const mitm::test::TempDir dir;
  const int fd = ::open((dir / "out").c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  CHECK(Output(fd).check());
  ::close(fd);
}

TEST_CASE("other failures are reported as they are") {
  const int fd = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  Output output(fd);
  REQUIRE(output.write("abc"));
  CHECK(output.close().error().message == "write standard output: No space left on device");
  ::close(fd);
}

TEST_CASE("a descriptor that does not block is waited for") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.ends[1], F_SETFL, O_NONBLOCK) == 0);
  std::size_t received = 0;
  std::thread reader([&] {
    std::array<char, 65536> buffer{};
    while (received < 1'000'000) {
      const ssize_t got = ::read(pipe.ends[0], buffer.data(), buffer.size());
      if (got <= 0) return;
      received += static_cast<std::size_t>(got);
    }
  });
  Output output(pipe.ends[1]);
  CHECK(output.write(std::string(1'000'000, 'x')));
  CHECK(output.close());
  reader.join();
  CHECK(received == 1'000'000);
}
