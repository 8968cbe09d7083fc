#include "cmd/mitm-record/print_rules.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "cmd/mitm-record/flags.h"

// That they do what they say: tests/e2e/transparent_test.py, printed_rules_test.py.

namespace mitm::record {
namespace {

using Listeners = std::vector<flow::Endpoint>;

bool has(const std::string& text, std::string_view part) { return text.contains(part); }

std::string text(const std::string& tool, const Listeners& listeners) {
  return rules_text({.tool = tool, .listeners = listeners});
}

Result<RulesRequest> request(const std::vector<std::string>& arguments) {
  auto options = cli::parse(program(), arguments);
  REQUIRE(options.has_value());
  return read_rules_request(*options);
}

TEST_CASE("rules for a loopback listener lead this machine's own traffic to it") {
  const auto nft = rules_text({.tool = "nft", .listeners = {{"127.0.0.1", 8081}}, .mark = 7});
  CHECK(has(nft, "table ip mitmkit {"));
  CHECK(has(nft, "redirect to :8081"));
  CHECK(has(nft, "meta mark 7 return"));
  CHECK(has(nft, "#   nft delete table ip mitmkit\n"));
  CHECK_FALSE(has(nft, "prerouting"));
  CHECK_FALSE(has(nft, "ip6"));
  const auto iptables = text("iptables", {{"127.0.0.1", 8081}});
  CHECK(has(iptables, "|| iptables -t nat -A OUTPUT -p tcp -j MITMKIT\n"));
  CHECK(has(iptables, "#   for t in iptables; do\n"));
  CHECK(has(iptables, "then $t -t nat -X MITMKIT; fi\n"));
  CHECK_FALSE(has(iptables, "PREROUTING"));
}

TEST_CASE("rules for a listener that others reach lead theirs, in each protocol that it takes") {
  for (const auto& [address, v4, v6] :
       {std::tuple{"0.0.0.0", true, false}, std::tuple{"::", true, true},
        std::tuple{"2001:db8::1", false, true}}) {
    const auto nft = text("nft", {{address, 8080}});
    CHECK(has(nft, "hook prerouting"));
    CHECK(has(nft, "table ip mitmkit {") == v4);
    CHECK(has(nft, "table ip6 mitmkit {") == v6);
    const auto iptables = text("iptables", {{address, 8080}});
    CHECK(has(iptables, "\niptables -t nat -A MITMKIT_OTHERS") == v4);
    CHECK(has(iptables, "\nip6tables -t nat -A MITMKIT_OTHERS") == v6);
  }
}

TEST_CASE("a listener at one address is named, since redirections would go elsewhere") {
  const auto nft = text("nft", {{"192.0.2.1", 8080}, {"2001:db8::1", 8080}});
  CHECK(has(nft, "dnat to 192.0.2.1:8080\n"));
  CHECK(has(nft, "dnat to [2001:db8::1]:8080\n"));
  CHECK(has(nft, "tproxy to '192.0.2.1:8080' meta"));
  CHECK_FALSE(has(nft, "redirect to"));
  const auto iptables = text("iptables", {{"192.0.2.1", 8080}, {"2001:db8::1", 8080}});
  CHECK(has(iptables, "-j DNAT --to-destination 192.0.2.1:8080\n"));
  CHECK(has(iptables, "-j DNAT --to-destination '[2001:db8::1]:8080'\n"));
  CHECK(has(iptables, "-j TPROXY --on-ip 2001:db8::1 --on-port 8080"));
  CHECK_FALSE(has(iptables, "REDIRECT"));
  CHECK(has(text("nft", {{"127.0.0.2", 8080}}), "dnat to 127.0.0.2:8080\n"));
}

TEST_CASE("all listeners get their rules, or it is said that they get nothing") {
  const auto nft = text("nft", {{"127.0.0.1", 8080}, {"::1", 8081}});
  CHECK(has(nft, "-m transparent@127.0.0.1:8080 -m 'transparent@[::1]:8081' --mark 1\n"));
  CHECK(has(nft, "redirect to :8080"));
  CHECK(has(nft, "redirect to :8081"));
  CHECK_FALSE(has(nft, "NOT covered"));
  const auto both = text("nft", {{"127.0.0.1", 8080}, {"0.0.0.0", 8081}, {"127.0.0.1", 8082}});
  CHECK(has(both, "redirect to :8080"));
  CHECK(has(both, "redirect to :8081"));
  CHECK(has(both, "# Nothing is led to 127.0.0.1:8082:"));
}

TEST_CASE("a protocol that goes past is named, and what would cover it") {
  for (const char* tool : {"nft", "iptables", "pf"}) {
    CHECK(has(text(tool, {{"127.0.0.1", 8080}}),
              "# IPv6 is NOT covered and goes past mitm-record. To cover it:\n"
              "#   add -m 'transparent@[::1]:8080'\n"));
    CHECK(has(text(tool, {{"::1", 8080}}), "#   add -m transparent@127.0.0.1:8080\n"));
    CHECK(has(text(tool, {{"0.0.0.0", 8080}}), "#   -m 'transparent@[::]:8080' takes both"));
    CHECK(has(text(tool, {{"0.0.0.0", 8080}, {"::1", 8080}}), "# IPv6 of others is NOT covered"));
    CHECK_FALSE(has(text(tool, {{"::", 8080}}), "NOT covered"));
  }
}

TEST_CASE("a user's connections can pass in place of those with a mark, or beside them") {
  RulesRequest asked{.listeners = {{"127.0.0.1", 8080}}, .mark = {}, .user = "proxy"};
  CHECK(has(rules_text(asked), "    meta skuid proxy return\n"));
  CHECK(has(rules_text(asked), "-m transparent@127.0.0.1:8080 --user proxy\n"));
  CHECK_FALSE(has(rules_text(asked), "meta mark"));
  asked.tool = "iptables";
  CHECK(has(rules_text(asked), "-m owner --uid-owner proxy -j RETURN\n"));
  CHECK_FALSE(has(rules_text(asked), "--mark"));
  asked.mark = 3;
  CHECK(has(rules_text(asked), "-m mark --mark 3 -j RETURN\n"));
  CHECK(has(rules_text(asked), "--mark 3 --user proxy\n"));
}

TEST_CASE("TPROXY is told of with a mark that neither our own connections bear nor redirections") {
  const RulesRequest asked{.tool = "nft", .listeners = {{"::", 8080}}, .mark = 4};
  const auto nft = rules_text(asked);
  CHECK(has(nft, "#   ip -6 rule add fwmark 5 lookup 100\n"));
  CHECK(has(nft, "tproxy to :8080 meta mark set 5 accept"));
  CHECK(has(nft, "    meta mark 5 return\n"));
  CHECK(has(nft, "#   while ip -6 rule del fwmark 5 lookup 100 2>/dev/null; do :; done\n"));
  CHECK(has(nft, "#   ip -6 route del local default dev lo table 100\n"));
  const auto iptables =
      rules_text({.tool = "iptables", .listeners = asked.listeners, .mark = asked.mark});
  CHECK(has(iptables, "ip6tables -t mangle -A MITMKIT_OTHERS -p tcp"));
  CHECK(has(iptables, "#   while ip6tables -t mangle -D PREROUTING"));
  CHECK(has(iptables, "--tproxy-mark 5"));
}

TEST_CASE("pf redirects to an address, where mitm-record is told to listen") {
  const auto pf = text("pf", {{"::", 8080}});
  CHECK(has(pf, "rdr pass inet proto tcp from any to any port { 80, 443 } -> 127.0.0.1 port 8080"));
  CHECK(has(pf, "rdr pass inet6 proto tcp from any to any port { 80, 443 } -> ::1 port 8080"));
  CHECK(has(pf, "#   mitm-record -m transparent@127.0.0.1:8080 -m 'transparent@[::1]:8080'\n"));
  CHECK(has(pf, "#   pfctl -a mitmkit -F all\n"));
  CHECK(has(text("pf", {{"0.0.0.0", 8080}}), "#   mitm-record -m transparent@127.0.0.1:8080\n"));
  CHECK(has(text("pf", {{"192.0.2.1", 8080}}), "@192.0.2.1:8080 --allow NETWORK\n"));
}

/// The rules alone.
std::string without_comments(const std::string& text) {
  std::istringstream lines(text);
  std::string rest;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("#")) rest += line + "\n";
  return rest;
}

TEST_CASE("with --allow rules match the others in its networks, and no network twice") {
  auto asked = request({"--print-rules", "-m", "transparent@[::]:8080", "--allow", "192.0.2.7",
                        "--allow", "192.0.2.0/24", "--allow", "198.51.100.0/24", "--allow",
                        "192.0.2.9", "--allow", "2001:db8::1/32"});
  REQUIRE(asked.has_value());
  const auto nft = rules_text(*asked);
  CHECK(has(nft, "    ip saddr { 192.0.2.0/24, 198.51.100.0/24 } tcp dport { 80, 443 } redirect"));
  CHECK(has(nft, "    ip6 saddr { 2001:db8::/32 } tcp dport { 80, 443 } redirect"));
  CHECK(has(nft, " others ip6 saddr '{ 2001:db8::/32 }' fib daddr type != local"));
  CHECK(has(nft, "what networks of --allow send"));
  asked->tool = "iptables";
  const auto iptables = rules_text(*asked);
  CHECK(has(iptables, "nat -A MITMKIT_OTHERS -s 192.0.2.0/24,198.51.100.0/24 -p tcp"));
  CHECK(has(iptables, "ip6tables -t mangle -A MITMKIT_OTHERS -s 2001:db8::/32 -p tcp"));
  asked->tool = "pf";
  const auto pf = rules_text(*asked);
  CHECK(has(pf, "rdr pass inet proto tcp from { 192.0.2.0/24, 198.51.100.0/24 } to any port"));
  CHECK(has(pf, "#   pass in inet6 proto tcp from { 2001:db8::/32 } to port"));
}

TEST_CASE("networks of everybody need no match") {
  const auto asked = request({"--print-rules", "-m", "transparent@0.0.0.0:8080", "--allow",
                              "0.0.0.0/0", "--allow", "10.0.0.0/8"});
  REQUIRE(asked.has_value());
  CHECK(
      has(rules_text(*asked), "\n    tcp dport { 80, 443 } redirect to :8080\n  }\n  # chain oth"));
  CHECK_FALSE(has(rules_text(*asked), "saddr"));
}

TEST_CASE("a protocol of which no --allow names a network is not led for others, and named") {
  for (const char* tool : {"nft", "iptables", "pf"}) {
    const auto asked =
        request({"--print-rules", tool, "-m", "transparent@[::]:8080", "--allow", "192.0.2.0/24"});
    REQUIRE(asked.has_value());
    const auto rules = rules_text(*asked);
    CHECK(has(rules, "# IPv6 of others is NOT covered and goes past: no --allow names"));
    CHECK_FALSE(has(rules, "# IPv4"));
    CHECK_FALSE(has(without_comments(rules), "ip6tables -t nat -A MITMKIT_OTHERS"));
    CHECK_FALSE(has(without_comments(rules), "inet6"));
    const auto ip6 = rules.find("table ip6");
    CHECK_FALSE((ip6 != rules.npos && rules.find("chain others", ip6) != rules.npos));
  }
  const auto own =
      request({"--print-rules", "-m", "transparent@0.0.0.0:8080", "--allow", "2001:db8::/32"});
  REQUIRE(own.has_value());
  CHECK(has(rules_text(*own), "# What this machine sends.\n"));
  CHECK(has(rules_text(*own), "# IPv4 of others is NOT covered and goes past: no --allow names"));
  CHECK(has(rules_text(*own), "-m 'transparent@[::]:8080' takes both"));
  CHECK_FALSE(has(rules_text(*own), "prerouting"));
  const auto two = request({"--print-rules", "-m", "transparent@127.0.0.1:8080", "-m",
                            "transparent@0.0.0.0:8081", "--allow", "2001:db8::/32"});
  REQUIRE(two.has_value());
  CHECK_FALSE(has(rules_text(*two), "8081: another listener"));
  for (const char* mode : {"transparent@0.0.0.0:8080", "transparent@127.0.0.1:8080"}) {
    const auto nothing = request({"--print-rules", "pf", "-m", mode, "--allow", "2001:db8::/32"});
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error().code == Code::kUsage);
  }
}

TEST_CASE("what --allow refuses is refused") {
  const auto asked = request({"--print-rules", "--allow", "10.0.0.0/40"});
  REQUIRE_FALSE(asked.has_value());
  CHECK(asked.error().message.starts_with("--allow: '10.0.0.0/40'"));
}

TEST_CASE("the mitm-record that rules are for has the options that were given") {
  const std::vector<std::string> options = {"-m",      "transparent@127.0.0.1:1",
                                            "-m",      "explicit@127.0.0.1:2",
                                            "-m",      "reverse:https://example.com@127.0.0.1:3",
                                            "--mark",  "4",
                                            "--user",  "nobody:0",
                                            "--allow", "192.0.2.0/24",
                                            "--allow", "192.0.2.7"};
  const auto with = [&](const char* tool) {
    auto arguments = options;
    arguments.insert(arguments.begin(), {"--print-rules", tool});
    return rules_text(request(arguments).value());
  };
  const std::string modes =
      "\n#   mitm-record -m transparent@127.0.0.1:1 -m explicit@127.0.0.1:2 "
      "-m reverse:https://example.com@127.0.0.1:3";
  const std::string rest = " --user nobody:0 --allow 192.0.2.0/24 --allow 192.0.2.7\n";
  CHECK(has(with("nft"), modes + " --mark 4" + rest));
  CHECK(has(with("iptables"), modes + " --mark 4" + rest));
  CHECK(has(with("pf"), modes + rest));  // sockets can be marked on Linux alone
  CHECK(has(text("nft", {{"::", 8080}}), "--allow NETWORK\n"));
  CHECK_FALSE(has(with("nft"), "NETWORK"));
}

TEST_CASE("HTTP/3 is said to go past, and what refuses it are comments") {
  for (const char* tool : {"nft", "iptables", "pf"}) {
    const auto rules = text(tool, {{"::", 8080}});
    CHECK(has(rules, "# HTTP/3 (QUIC) goes past on UDP."));
    CHECK(has(rules, "does not run, what they lead to it is refused.\n"));
  }
  const auto nft = text("nft", {{"::", 8080}});
  CHECK(has(
      nft, "\n  # chain own_quic { type filter hook output priority 0; ip6 daddr != ::1/128 udp "));
  CHECK(has(
      nft,
      "\n  # chain others_quic { type filter hook forward priority 0; udp dport 443 reject; }\n"));
  const auto own = text("nft", {{"127.0.0.1", 8080}});
  CHECK(has(own, "own_quic"));
  CHECK_FALSE(has(own, "others_quic"));
  const auto iptables = text("iptables", {{"::", 8080}});
  CHECK(has(iptables,
            "\n#   ip6tables -t filter -A MITMKIT ! -d ::1/128 -p udp --dport 443 -j REJECT\n"));
  CHECK(has(iptables, "\n#   iptables -t filter -A MITMKIT_OTHERS -p udp --dport 443 -j REJECT\n"));
  CHECK_FALSE(has(without_comments(iptables), "udp"));
  CHECK(has(text("pf", {{"::", 8080}}),
            "\n# block return in quick inet6 proto udp from any to any port 443\nEND\n"));
}

TEST_CASE("what is asked for are the transparent listeners, all of them") {
  CHECK(request({"--print-rules"})->listeners == Listeners{{"127.0.0.1", 8080}});
  CHECK(request({"--print-rules", "-l", "8081"})->listeners == Listeners{{"127.0.0.1", 8081}});
  const auto two = request({"--print-rules", "iptables", "-m", "transparent@127.0.0.1:1", "-m",
                            "explicit@127.0.0.1:2", "-m", "transparent@[::1]:3"});
  REQUIRE(two.has_value());
  CHECK(two->tool == "iptables");
  CHECK(two->listeners == Listeners{{"127.0.0.1", 1}, {"::1", 3}});
  CHECK(two->mark == 1U);
}

TEST_CASE("a user takes the place of the mark unless that is given too") {
  const auto alone = request({"--print-rules", "--user", "nobody"});
  REQUIRE(alone.has_value());
  CHECK(alone->user == "nobody");
  CHECK_FALSE(alone->mark.has_value());
  CHECK(request({"--print-rules", "--user", "nobody", "--mark", "3"})->mark == 3U);
  CHECK_FALSE(request({"--print-rules", "--user", "no such user"}).has_value());
}

TEST_CASE("rules for a mode that is not transparent, or of an unknown kind, are refused") {
  const auto mode = request({"--print-rules", "-m", "explicit"});
  REQUIRE_FALSE(mode.has_value());
  CHECK(mode.error().message ==
        "--print-rules: rules lead to transparent listeners, which explicit is not");
  CHECK(mode.error().hint == "write -m transparent@127.0.0.1:8080");
  const auto tool = request({"--print-rules", "iptabels"});
  REQUIRE_FALSE(tool.has_value());
  CHECK(tool.error().message == "option --print-rules: 'iptabels' is not one of nft, iptables, pf");
  CHECK_FALSE(request({"--print-rules", "-m", "transparent@127.0.0.1:0"}).has_value());
}

}  // namespace
}  // namespace mitm::record
