#include "cmd/mitm-record/nft_rules.h"

#include <fmt/format.h>

#include "cmd/mitm-record/netfilter_rules.h"
#include "lib/net/own_addresses.h"

namespace mitm::record {
namespace {

std::string target(const flow::Endpoint& listener, bool own) {
  if (redirects(listener, own)) return fmt::format("redirect to :{}", listener.port);
  return fmt::format("dnat to {}", to_string(listener));
}

/// What matches the others that are led; `quote` is what shells want around braces.
std::string from(const Led& led, const char* quote) {
  if (led.sources.empty()) return {};
  return fmt::format("{0} saddr {1}{{ {2} }}{1} ", led.family->nft, quote,
                     listed(led.sources, ", "));
}

std::string own_chains(const RulesRequest& request, const Led& led) {
  const Family& family = *led.family;
  std::string text = "  chain own {\n    type nat hook output priority -100;\n";
  if (request.mark) text += fmt::format("    meta mark {} return\n", *request.mark);
  if (!request.user.empty()) text += fmt::format("    meta skuid {} return\n", request.user);
  return text + fmt::format(
                    "    {0} daddr {1} return\n    tcp dport {{ {2} }} {3}\n  }}\n"
                    "  # chain own_quic {{ type filter hook output priority 0; {0} daddr != {1} "
                    "udp dport {4} reject; }}\n",
                    family.nft, family.loopback_network, kLedPorts, target(led.own, true),
                    kQuicPort);
}

std::string others_chains(const RulesRequest& request, const Led& led) {
  if (!led.others) return {};
  return fmt::format(
      "  chain others {{\n    type nat hook prerouting priority -100;\n"
      "    meta mark {0} return\n    fib daddr type local return\n"
      "    {1}tcp dport {{ {2} }} {3}\n  }}\n"
      "  # chain others_quic {{ type filter hook forward priority 0; {1}udp dport {4} reject; }}\n",
      tproxy_mark(request), from(led, ""), kLedPorts, target(*led.others, false), kQuicPort);
}

void add_tproxy(const RulesRequest& request, const Led& led, Commands& to) {
  const flow::Endpoint& listener = *led.others;
  const bool anywhere = net::is_wildcard(listener.address);
  to.doing += fmt::format(
      "nft add table {0} mitmkit_tproxy\n"
      "nft add chain {0} mitmkit_tproxy others '{{ type filter hook prerouting priority mangle; "
      "}}'\n"
      "nft flush chain {0} mitmkit_tproxy others\n"
      "nft add rule {0} mitmkit_tproxy others {1}fib daddr type != local tcp dport '{{ {2} }}' "
      "tproxy to {3} meta mark set {4} accept\n",
      led.family->nft, from(led, "'"), kLedPorts,
      anywhere ? fmt::format(":{}", listener.port) : fmt::format("'{}'", to_string(listener)),
      tproxy_mark(request));
  to.undoing += fmt::format("nft delete table {} mitmkit_tproxy\n", led.family->nft);
}

}  // namespace

std::string nft_rules(const RulesRequest& request) {
  const RulesPlan plan = plan_rules(request);
  std::string tables;
  std::string undoing;
  for (const Led& led : plan.led) {
    tables += fmt::format("table {0} mitmkit\ndelete table {0} mitmkit\ntable {0} mitmkit {{\n",
                          led.family->nft) +
              own_chains(request, led) + others_chains(request, led) + "}\n";
    undoing += fmt::format("nft delete table {} mitmkit\n", led.family->nft);
  }
  return rules_heading(request, plan) +
         "# HTTP/3 (QUIC) goes past on UDP. Uncomment the quic chains to have it refused: clients "
         "take TCP.\n"
         "nft -f - <<'END'\n" +
         tables + "END\n\n# To undo it:\n" + as_comment(undoing) +
         tproxy_note(request, plan, add_tproxy, "all is as without it");
}

}  // namespace mitm::record
