#include "cmd/mitm-record/environment.h"

#include <catch2/catch.hpp>
#include <cstdlib>

using mitm::record::Environment;
using Entries = std::vector<std::string>;

TEST_CASE("an environment is read by name, and empty is as good as unset") {
  const Environment environment({"A=1", "AB=2", "EMPTY=", "no equals sign", "C=x=y"});
  CHECK(environment.get("A") == "1");
  CHECK(environment.get("C") == "x=y");
  CHECK_FALSE(environment.get("EMPTY"));
  CHECK_FALSE(environment.get("B"));
  CHECK_FALSE(environment.get("no equals sign"));
}

TEST_CASE("what is set stands once, and the rest stays as it is") {
  Environment environment({"A=1", "odd", "B=2", "A=again"});
  environment.set("A", "3");
  environment.remove("B");
  environment.remove("C");
  CHECK(environment.entries() == Entries{"odd", "A=3"});
}

TEST_CASE("the environment of this process is what getenv sees") {
  ::setenv("MITM_TEST_KEPT", "a=b", 1);
  CHECK(Environment::of_this_process().get("MITM_TEST_KEPT") == "a=b");
  ::unsetenv("MITM_TEST_KEPT");
}
