#include "cmd/mitm-record/print_rules.h"

#include <catch2/catch.hpp>

// That they do what they say: tests/e2e/transparent_test.py.

namespace mitm::record {
namespace {

bool has(const std::string& text, std::string_view part) { return text.contains(part); }

TEST_CASE("rules for a loopback listener lead this machine's own traffic to it") {
  const auto nft = rules_text({.tool = "nft", .listener = {"127.0.0.1", 8081}, .mark = 7});
  CHECK(has(nft, "table ip mitmkit {"));
  CHECK(has(nft, "redirect to :8081"));
  CHECK(has(nft, "meta mark 7 return"));
  CHECK(has(nft, "#   nft delete table ip mitmkit\n"));
  CHECK_FALSE(has(nft, "prerouting"));
  CHECK_FALSE(has(nft, "ip6"));
  const auto iptables = rules_text({.tool = "iptables", .listener = {"127.0.0.1", 8081}});
  CHECK(has(iptables, "iptables -t nat -A OUTPUT -p tcp -j MITMKIT\n"));
  CHECK(has(iptables, "#   iptables -t nat -X MITMKIT\n"));
  CHECK_FALSE(has(iptables, "PREROUTING"));
}

TEST_CASE("rules for a listener that others reach lead theirs, in each protocol that it takes") {
  for (const auto& [address, v4, v6] :
       {std::tuple{"0.0.0.0", true, false}, std::tuple{"::", true, true},
        std::tuple{"2001:db8::1", false, true}}) {
    const auto nft = rules_text({.tool = "nft", .listener = {address, 8080}});
    CHECK(has(nft, "hook prerouting"));
    CHECK(has(nft, "table ip mitmkit {") == v4);
    CHECK(has(nft, "table ip6 mitmkit {") == v6);
    const auto iptables = rules_text({.tool = "iptables", .listener = {address, 8080}});
    CHECK(has(iptables, "\niptables -t nat -A PREROUTING") == v4);
    CHECK(has(iptables, "\nip6tables -t nat -A PREROUTING") == v6);
  }
}

TEST_CASE("TPROXY is told of with a mark that our own connections do not bear") {
  const RulesRequest request{.tool = "nft", .listener = {"::", 8080}, .mark = 4};
  const auto nft = rules_text(request);
  CHECK(has(nft, "#   ip -6 rule add fwmark 5 lookup 100; ip -6 route add local default dev lo"));
  CHECK(has(nft, "tproxy to :8080 meta mark set 5 accept"));
  CHECK(has(nft, "ip -6 rule del fwmark 5 lookup 100"));
  const auto iptables = rules_text({.tool = "iptables", .listener = request.listener, .mark = 4});
  CHECK(has(iptables, "ip6tables -t mangle -A PREROUTING"));
  CHECK(has(iptables, "--tproxy-mark 5"));
}

TEST_CASE("pf redirects to an address") {
  const auto pf = rules_text({.tool = "pf", .listener = {"::", 8080}});
  CHECK(has(pf, "rdr pass inet proto tcp from any to any port { 80, 443 } -> 127.0.0.1 port 8080"));
  CHECK(has(pf, "rdr pass inet6 proto tcp from any to any port { 80, 443 } -> ::1 port 8080"));
  CHECK(has(pf, "#   pfctl -a mitmkit -F all\n"));
}

}  // namespace
}  // namespace mitm::record
