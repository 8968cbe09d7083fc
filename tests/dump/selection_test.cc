#include "cmd/mitm-dump/selection.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::dump;

namespace {

flow::Flow flow_with(flow::FlowId id, std::uint64_t run) {
  flow::Flow result;
  result.id = id;
  result.run = run;
  return result;
}

}  // namespace

TEST_CASE("a flow is named by its id, with or without the run") {
  CHECK(parse_flow_name("12") == FlowName{12, ""});
  CHECK(parse_flow_name("a3F9:12") == FlowName{12, "a3f9"});
  CHECK(parse_flow_name("0000000000000001:18446744073709551615") ==
        FlowName{UINT64_MAX, "0000000000000001"});
}

TEST_CASE("what is no name of a flow is refused") {
  for (const char* text : {"", "0", "x", "12x", "-1", " 12", ":12", "g:12", "a3f9:", "a:b:1",
                           "00000000000000001:1", "18446744073709551616"}) {
    CAPTURE(text);
    const auto name = parse_flow_name(text);
    REQUIRE_FALSE(name);
    CHECK(name.error().code == Code::kUsage);
  }
}

TEST_CASE("a name means the flow of the run that begins like it") {
  const FlowName name = parse_flow_name("a3:12").value();
  CHECK(name.matches(flow_with(12, 0xa3f9c01200000001)));
  CHECK_FALSE(name.matches(flow_with(12, 0xb3f9c01200000001)));
  CHECK_FALSE(name.matches(flow_with(13, 0xa3f9c01200000001)));
}

TEST_CASE("exactly one run must have the flow") {
  Selection selection(FlowName{12, ""});
  CHECK(selection.check().error().message == "there is no flow 12");
  CHECK_FALSE(selection.take(flow_with(13, 1)));
  CHECK(selection.take(flow_with(12, 1)));
  CHECK(selection.check());
  CHECK(selection.take(flow_with(12, 2)));
  const auto ambiguous = selection.check();
  REQUIRE_FALSE(ambiguous);
  CHECK(ambiguous.error().message == "2 runs have a flow 12");
  CHECK(ambiguous.error().hint ==
        "say which one is meant: 0000000000000001:12, 0000000000000002:12");
}
