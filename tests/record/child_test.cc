#include "cmd/mitm-record/child.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <thread>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using record::Child;
using record::Inherited;

namespace {

int wait_for(Child& child) {
  for (int i = 0; i < 6000; ++i) {
    if (const auto status = child.poll()) return *status;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return -1;
}

int status_of(const std::vector<std::string>& command, const Inherited& inherited = {}) {
  auto child = Child::start(command, {"PATH=/usr/bin:/bin"}, inherited);
  return child ? wait_for(*child) : child.error().status;
}

}  // namespace

TEST_CASE("a command's exit status is what a shell would say") {
  CHECK(status_of({"true"}) == 0);
  CHECK(status_of({"sh", "-c", "exit 9"}) == 9);
  CHECK(status_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(status_of({"no-such-command-anywhere"}) == 127);
  CHECK(status_of({"/"}) == 126);
}

TEST_CASE("a command has the limit of descriptors that we were given, and we keep ours") {
  const DescriptorLimit ours = descriptor_limit();
  Inherited inherited;
  inherited.descriptors = DescriptorLimit{77, ours.hard};
  CHECK(status_of({"sh", "-c", "exit $(ulimit -Sn)"}, inherited) == 77);
  CHECK(descriptor_limit() == ours);
}

TEST_CASE("a command is looked for before it is started") {
  CHECK(Child::find("sh").value().ends_with("/sh"));
  CHECK(Child::find("/bin/sh") == "/bin/sh");
  CHECK(Child::find("no-such-command-anywhere").error().status == 127);
  CHECK(Child::find("/no/such/command").error().status == 127);
  CHECK(Child::find("").error().status == 127);
  CHECK(Child::find("/").error().status == 126);
}

TEST_CASE("a script without #! is run by sh, and what is no program is not run") {
  const test::TempDir dir;
  const auto script = (dir / "script").string();
  REQUIRE(write_file_atomically(script, "exit $1\n", 0700, IfExists::kFail));
  CHECK(status_of({script, "7"}) == 7);
  const auto text = (dir / "text").string();
  REQUIRE(write_file_atomically(text, "exit 0\n", 0600, IfExists::kFail));
  CHECK(status_of({text}) == 126);
  const auto orphan = (dir / "orphan").string();
  REQUIRE(write_file_atomically(orphan, "#!/no/such/interpreter\n", 0700, IfExists::kFail));
  CHECK(status_of({orphan}) == 127);
}

TEST_CASE("a command starts with the dispositions and the mask that we were given") {
  std::signal(SIGPIPE, SIG_IGN);
  CHECK(status_of({"sh", "-c", "kill -PIPE $$"}) == 128 + SIGPIPE);
  CHECK(status_of({"sh", "-c", "kill -PIPE $$"}, {.ignored = {SIGPIPE}}) == 0);
  std::signal(SIGPIPE, SIG_DFL);
  Inherited blocking;
  sigaddset(&blocking.blocked, SIGTERM);
  CHECK(status_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(status_of({"sh", "-c", "kill -TERM $$"}, blocking) == 0);
}

TEST_CASE("a command's standard input is closed when ours was") {
  CHECK(status_of({"sh", "-c", "[ -e /proc/self/fd/0 ]"}) == 0);
  CHECK(status_of({"sh", "-c", "[ -e /proc/$$/fd/0 ]"}, {.closed = {0}}) == 1);
}

TEST_CASE("what was inherited is seen before anything changes it") {
  std::signal(SIGPIPE, SIG_IGN);
  CHECK(std::ranges::count(Inherited::look().ignored, SIGPIPE) == 1);
  std::signal(SIGPIPE, SIG_DFL);
  CHECK(std::ranges::count(Inherited::look().ignored, SIGPIPE) == 0);
  CHECK(Inherited::look().closed.empty());
}

TEST_CASE("a command is ended, at its own leisure or not") {
  using std::chrono::milliseconds;
  const test::TempDir dir;
  const auto start = [&](const std::string& on_term, const std::string& ready) {
    auto child = Child::start({"sh", "-c",
                               "trap '" + on_term + "' TERM; : > " + (dir / ready).string() +
                                   "; while :; do sleep 0.02; done"},
                              {"PATH=/usr/bin:/bin"}, {});
    REQUIRE(child);
    while (!std::filesystem::exists(dir / ready)) std::this_thread::sleep_for(milliseconds(5));
    return *child;
  };
  CHECK(start("exit 3", "polite").end(milliseconds(60'000)) == 3);
  CHECK(start("", "deaf").end(milliseconds(50)) == 128 + SIGKILL);
}
