#include "cmd/mitm-record/post_rotate.h"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using record::PostRotate;

namespace {

/// Runs `script` on `file`; what was said meanwhile.
std::string said(const test::TempDir& dir, const std::string& script, const std::string& file) {
  const auto path = dir / "script";
  REQUIRE(write_file_atomically(path, "#!/bin/sh\n" + script, 0700, IfExists::kReplace));
  const auto log = dir / "log";
  const Fd fd(::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const cli::Diagnostics diagnostics("test", false, fd.get());
  const auto command = PostRotate::create(path.string(), {}, diagnostics).value();
  command->start(file);
  command->wait();
  return read_file(log, 10'000).value();
}

}  // namespace

TEST_CASE("a post-rotate command that does its work is not talked about") {
  const test::TempDir dir;
  const auto out = (dir / "out").string();
  CHECK(said(dir, "echo \"$# $1\" > " + out, "/a b;c").empty());
  CHECK(read_file(out, 100).value() == "1 /a b;c\n");
}

TEST_CASE("a file whose name begins with a dash is no option") {
  const test::TempDir dir;
  const auto out = (dir / "out").string();
  CHECK(said(dir, "echo \"$1\" > " + out, "-rf").empty());
  CHECK(read_file(out, 100).value() == "./-rf\n");
}

TEST_CASE("a post-rotate command that fails is warned of") {
  const test::TempDir dir;
  const std::string prefix = "test: warning: " + (dir / "script").string() + " f ";
  CHECK(said(dir, "exit 3", "f") == prefix + "ended with status 3\n");
  CHECK(said(dir, "kill -KILL $$", "f") == prefix + "was killed by signal 9\n");
}

TEST_CASE("a program that cannot be executed after all is warned of, each time") {
  const test::TempDir dir;
  const auto path = dir / "text";
  REQUIRE(write_file_atomically(path, "no program", 0700, IfExists::kFail));
  const auto log = dir / "log";
  const Fd fd(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const cli::Diagnostics diagnostics("test", false, fd.get());
  const auto command = PostRotate::create(path.string(), {}, diagnostics).value();
  command->start("f");
  command->wait();
  CHECK(read_file(log, 1000).value() ==
        "test: warning: run " + path.string() + " f: Exec format error\n");
}

TEST_CASE("a post-rotate command has the limit of descriptors that it is given") {
  const test::TempDir dir;
  const auto path = dir / "script";
  const auto out = (dir / "out").string();
  REQUIRE(
      write_file_atomically(path,
                            "#!/bin/sh\ni=0; while [ \"$(ulimit -Sn)\" != 77 ] && [ $((i += 1)) "
                            "-lt 600 ]; do sleep 0.1; done; ulimit -Sn > " +
                                out,
                            0700, IfExists::kFail));
  const cli::Diagnostics diagnostics("test");
  const auto command =
      PostRotate::create(path.string(), DescriptorLimit{77, descriptor_limit().hard}, diagnostics)
          .value();
  command->start("f");
  command->wait();
  CHECK(read_file(out, 100).value() == "77\n");
}

TEST_CASE("a post-rotate command that is not there is refused") {
  const cli::Diagnostics diagnostics("test");
  const auto refused = PostRotate::create("no-such-command-anywhere", {}, diagnostics);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "--post-rotate: run no-such-command-anywhere: No such file or directory");
}
