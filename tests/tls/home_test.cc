#include "lib/tls/home.h"

#include <catch2/catch.hpp>
#include <cstdlib>

using mitm::tls::home_directory;

TEST_CASE("the option wins, then MITMKIT_HOME, XDG_DATA_HOME and HOME") {
  CHECK(home_directory("/o", {"/m", "/x", "/h"}).value() == "/o");
  CHECK(home_directory("", {"/m", "/x", "/h"}).value() == "/m");
  CHECK(home_directory("", {"", "/x", "/h"}).value() == "/x/mitmkit");
  CHECK(home_directory("", {"", "", "/h"}).value() == "/h/.local/share/mitmkit");
}

TEST_CASE("a relative XDG_DATA_HOME does not count") {
  CHECK(home_directory("", {"", "x", "/h"}).value() == "/h/.local/share/mitmkit");
}

TEST_CASE("without any of them there is no home directory") {
  const auto none = home_directory("", {});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == mitm::Code::kUsage);
  CHECK(none.error().hint == "name one with --home");
}

TEST_CASE("the process's environment is used") {
  REQUIRE(::setenv("MITMKIT_HOME", "/from/environment", 1) == 0);
  CHECK(home_directory().value() == "/from/environment");
  ::unsetenv("MITMKIT_HOME");
}

TEST_CASE("a command line for a CA names its home unless that is the usual one") {
  REQUIRE(::setenv("MITMKIT_HOME", "/the/usual", 1) == 0);
  CHECK(mitm::tls::ca_command("/the/usual", "init") == "mitm-ca init");
  CHECK(mitm::tls::ca_command("/my home", "init") == "mitm-ca --home '/my home' init");
  ::unsetenv("MITMKIT_HOME");
}
