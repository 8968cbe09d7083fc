#include "cmd/mitm-record/netfilter_rules.h"

#include <catch2/catch.hpp>

namespace mitm::record {
namespace {

void add_name(const RulesRequest&, const Led& led, Commands& to) {
  to.doing += std::string("do ") + led.family->name + "\n";
  to.undoing += std::string("undo ") + led.family->name + "\n";
}

std::string note(const RulesRequest& request) {
  return tproxy_note(request, plan_rules(request), add_name, "nothing works");
}

}  // namespace

TEST_CASE("redirections find listeners at every address, and on loopback for our own traffic") {
  for (const bool own : {true, false}) {
    CHECK(redirects({"0.0.0.0", 8080}, own));
    CHECK(redirects({"::", 8080}, own));
    CHECK(redirects({"127.0.0.1", 8080}, own) == own);
    CHECK(redirects({"::1", 8080}, own) == own);
    CHECK_FALSE(redirects({"192.0.2.1", 8080}, own));
  }
}

TEST_CASE("what TPROXY leads has a mark that our own connections do not have") {
  CHECK(tproxy_mark({.listeners = {}, .mark = 7}) == 8);
  CHECK(tproxy_mark({.listeners = {}, .mark = UINT32_MAX}) == 1);
  CHECK(tproxy_mark({.listeners = {}, .mark = std::nullopt}) == 2);
}

TEST_CASE("commands for TPROXY are comments, routes first, for protocols that others send") {
  const std::string v4 = note({.listeners = {{"0.0.0.0", 8080}}, .mark = 7});
  CHECK(v4.contains("\n# While mitm-record does not run, nothing works:\n"));
  CHECK(v4.contains("rule add fwmark 8 lookup 100\n"));
  CHECK(v4.contains("route replace local default dev lo table 100\n#   do "));
  CHECK(v4.contains("\n# To undo TPROXY:\n"));
  CHECK(v4.contains("route del local default dev lo table 100\n#   undo "));
  CHECK_FALSE(v4.contains("ip -6"));
  CHECK(note({.listeners = {{"::", 8080}}}).contains("ip -6 rule add"));
  CHECK(note({.listeners = {{"127.0.0.1", 8080}}}).empty());
}

}  // namespace mitm::record
