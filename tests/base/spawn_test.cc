#include "lib/base/spawn.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cerrno>
#include <cstdlib>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;

namespace {

/// As a shell would say it.
int status_of(const SpawnOrders& orders, const std::string& script) {
  const pid_t pid = orders.spawn("/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin"}).value();
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

sigset_t only(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

}  // namespace

TEST_CASE("a process blocks what it is told to, and not what our thread does") {
  const sigset_t term = only(SIGTERM);
  sigset_t before;
  REQUIRE(::pthread_sigmask(SIG_BLOCK, &term, &before) == 0);
  SpawnOrders orders;
  CHECK(status_of(orders, "kill -TERM $$") == 128 + SIGTERM);
  REQUIRE(::pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  orders.block(term);
  CHECK(status_of(orders, "kill -TERM $$") == 0);
}

TEST_CASE("a process does not ignore what our programs ignore for themselves") {
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP}) std::signal(signal, SIG_IGN);
  SpawnOrders orders;
  CHECK(status_of(orders, "kill -PIPE $$") == 128 + SIGPIPE);
  CHECK(status_of(orders, "kill -XFSZ $$") == 128 + SIGXFSZ);
  CHECK(status_of(orders, "kill -HUP $$") == 0);
  orders.reset(only(SIGHUP));
  CHECK(status_of(orders, "kill -PIPE $$") == 0);
  CHECK(status_of(orders, "kill -HUP $$") == 128 + SIGHUP);
  for (const int signal : {SIGPIPE, SIGXFSZ, SIGHUP}) std::signal(signal, SIG_DFL);
}

TEST_CASE("a process is in our group, or leads one of its own") {
  // The fifth field, behind a name in brackets.
  const std::string script = "set -- $(cat /proc/$$/stat); [ $5 = $$ ]";
  SpawnOrders orders;
  CHECK(status_of(orders, script) == 1);
  orders.lead_group();
  CHECK(status_of(orders, script) == 0);
  CHECK(status_of(orders, "kill -TERM $$") == 128 + SIGTERM);
}

TEST_CASE("descriptors of a process are opened, copied and closed in order") {
  const test::TempDir dir;
  const auto path = (dir / "out").string();
  REQUIRE(write_file_atomically(path, "", 0600, IfExists::kFail));
  SpawnOrders orders;
  orders.open(1, path, O_WRONLY);
  orders.dup(1, 2);
  orders.close(0);
  CHECK(status_of(orders, "[ -e /proc/$$/fd/0 ] || echo closed; echo error >&2") == 0);
  CHECK(read_file(path, 100).value() == "closed\nerror\n");
}

TEST_CASE("a process has our environment, or the one that it is given") {
  ::setenv("MITM_TEST_ONE", "1", 1);
  const SpawnOrders orders;
  CHECK(status_of(orders, "exit ${MITM_TEST_ONE-0}") == 0);
  const pid_t pid = orders.spawn("/bin/sh", {"sh", "-c", "exit $MITM_TEST_ONE"}).value();
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WEXITSTATUS(status) == 1);
  ::unsetenv("MITM_TEST_ONE");
}

TEST_CASE("a program that cannot be started is an errno") {
  const SpawnOrders orders;
  CHECK(orders.spawn("/no/such/program", {"x"}).error() == ENOENT);
  CHECK(orders.spawn("/etc/passwd", {"x"}).error() == EACCES);
}
