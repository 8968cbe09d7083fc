#include "lib/flow/names.h"

#include <catch2/catch.hpp>

using namespace mitm::flow;

TEST_CASE("a run is called by its digits, a flow by its number and the beginning of its run") {
  CHECK(run_name(0xa3f9c012) == "00000000a3f9c012");
  CHECK(flow_name(0xa3f9c01200000001, 12, false) == "12");
  CHECK(flow_name(0xa3f9c01200000001, 12, true) == "a3f9c012:12");
  CHECK(run_name(0xa3f9c01200000001).starts_with("a3f9c012"));
}

TEST_CASE("modes have the names of the command line") {
  CHECK(mode_name(Mode::kExplicit) == "explicit");
  CHECK(mode_name(Mode::kTransparent) == "transparent");
  CHECK(mode_name(Mode::kReverse) == "reverse");
}
