#include "lib/base/subprocess.h"

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>

using namespace mitm;
using std::chrono::milliseconds;

namespace {

Outcome shell(const std::string& script, Invocation more = {}) {
  more.words = {"sh", "-c", script};
  return run_command(more).value();
}

}  // namespace

TEST_CASE("what a program says and how it ends come back") {
  const auto outcome = shell("echo out; echo err >&2; exit 3");
  CHECK(outcome.status == 3);
  CHECK(outcome.output == "out\n");
  CHECK(outcome.errors == "err\n");
  CHECK(shell("kill -9 $$").status == 137);
  CHECK(shell("exit 0", {.timeout = milliseconds(10'000)}).status == 0);
}

TEST_CASE("a program does not get to see passphrases of ours") {
  ::setenv("MITMKIT_PASSPHRASE", "sesame", 1);
  ::setenv("MITMKIT_HOME", "/home", 1);
  CHECK(shell("echo $MITMKIT_PASSPHRASE-$MITMKIT_HOME").output == "-/home\n");
  ::unsetenv("MITMKIT_PASSPHRASE");
  ::unsetenv("MITMKIT_HOME");
}

TEST_CASE("a program is fed its input, however large, whether it reads it or not") {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string megabyte(1 << 20, 'x');
  CHECK(shell("wc -c", {.input = megabyte}).output.find("1048576") != std::string::npos);
  CHECK(shell("exec <&-; echo done", {.input = megabyte}).output == "done\n");
  CHECK(shell("cat").output.empty());
}

TEST_CASE("variables are set and removed for a program alone") {
  ::setenv("MITM_TEST_ONE", "1", 1);
  const auto outcome =
      shell("echo \"${MITM_TEST_ONE-none} $MITM_TEST_TWO\"",
            {.environment = {{"MITM_TEST_ONE", std::nullopt}, {"MITM_TEST_TWO", "2"}}});
  CHECK(outcome.output == "none 2\n");
  CHECK(std::string(std::getenv("MITM_TEST_ONE")) == "1");
  ::unsetenv("MITM_TEST_ONE");
}

TEST_CASE("a program that takes too long is ended with all that it started") {
  const auto outcome = shell("echo $$; sleep 60 & sleep 60", {.timeout = milliseconds(2000)});
  CHECK(outcome.timed_out);
  CHECK(outcome.status == 137);
  const std::string group = outcome.output.substr(0, outcome.output.find('\n'));
  REQUIRE_FALSE(group.empty());
  // What was killed is there until somebody has waited for it.
  CHECK(shell("i=0; while kill -0 -- -" + group +
              " 2>/dev/null; do i=$((i + 1)); [ $i -lt 300 ] || exit 1; sleep 0.1; done")
            .status == 0);
}

TEST_CASE("a program is ended once there is enough") {
  int looks = 0;
  const auto outcome =
      shell("sleep 60", {.timeout = milliseconds(60'000), .enough = [&] { return ++looks > 2; }});
  CHECK_FALSE(outcome.timed_out);
  CHECK(looks == 3);
}

TEST_CASE("a program that is not there is told apart") {
  const auto none = run_command({.words = {"no-such-program-here"}});
  REQUIRE_FALSE(none);
  CHECK(none.error() == Error{Code::kUnsupported, "run no-such-program-here: no such program"});
  const auto no_program = run_command({.words = {"/etc/passwd"}});
  REQUIRE_FALSE(no_program);
  CHECK(no_program.error() == Error{Code::kIo, "run /etc/passwd: Permission denied"});
}

TEST_CASE("a program can be ended by the signals that our thread blocks") {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &blocked, &before) == 0);
  // Without a shell: dash clears its mask when it waits for a program.
  const auto mask = run_command({.words = {"grep", "SigBlk", "/proc/self/status"}});
  const auto outcome = shell("kill -TERM $$; echo still here");
  REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  CHECK(mask->output == "SigBlk:\t0000000000000000\n");
  CHECK(outcome.status == 128 + SIGTERM);
}
