#include "cmd/mitm-record/child.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "lib/base/io.h"

using namespace mitm;
using record::Child;
using record::TemporaryFile;

namespace {

int wait_for(Child& child) {
  for (int i = 0; i < 1000; ++i) {
    if (const auto status = child.poll()) return *status;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return -1;
}

int status_of(const std::vector<std::string>& command) {
  auto child = Child::start(command, {"PATH=/usr/bin:/bin"});
  return child ? wait_for(*child) : child.error().status;
}

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::ranges::find(list, text) != list.end();
}

}  // namespace

TEST_CASE("a command's exit status is what a shell would say") {
  CHECK(status_of({"true"}) == 0);
  CHECK(status_of({"sh", "-c", "exit 9"}) == 9);
  CHECK(status_of({"sh", "-c", "kill -TERM $$"}) == 128 + SIGTERM);
  CHECK(status_of({"no-such-command-anywhere"}) == 127);
  CHECK(status_of({"/"}) == 126);
}

TEST_CASE("a command is looked for before it is started") {
  CHECK_FALSE(Child::check("sh"));
  CHECK_FALSE(Child::check("/bin/sh"));
  CHECK(Child::check("no-such-command-anywhere")->status == 127);
  CHECK(Child::check("/no/such/command")->status == 127);
  CHECK(Child::check("/")->status == 126);
}

TEST_CASE("a command starts with default dispositions and nothing blocked") {
  std::signal(SIGPIPE, SIG_IGN);
  CHECK(status_of({"sh", "-c", "kill -PIPE $$"}) == 128 + SIGPIPE);
  std::signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("the environment of a command leads to the proxy and nowhere else") {
  ::setenv("no_proxy", "*", 1);
  ::setenv("HTTPS_PROXY", "http://elsewhere", 1);
  ::setenv("MITM_TEST_KEPT", "a=b", 1);
  const auto environment = record::child_environment("http://127.0.0.1:1", "/bundle");
  CHECK(contains(environment, "https_proxy=http://127.0.0.1:1"));
  CHECK(contains(environment, "HTTPS_PROXY=http://127.0.0.1:1"));
  CHECK(contains(environment, "SSL_CERT_FILE=/bundle"));
  CHECK(contains(environment, "MITM_TEST_KEPT=a=b"));
  CHECK_FALSE(contains(environment, "no_proxy=*"));
  CHECK_FALSE(contains(environment, "HTTPS_PROXY=http://elsewhere"));
  ::unsetenv("no_proxy");
  ::unsetenv("HTTPS_PROXY");
}

TEST_CASE("a temporary file is private and vanishes with its directory") {
  std::string path;
  {
    auto file = TemporaryFile::create("bundle.pem", "certificates");
    REQUIRE(file);
    path = file->path();
    CHECK(read_file(path, 100).value() == "certificates");
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
  }
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(path).parent_path()));
}
