#include "cmd/mitm-record/netfilter_rules.h"

#include <fmt/format.h>

#include "lib/net/own_addresses.h"

namespace mitm::record {
namespace {

constexpr auto kPortsWithoutSpace = "80,443";
constexpr auto kTable = 100;

/// Another one than that of our own connections, which must not go the same way.
std::uint32_t tproxy_mark(const RulesRequest& request) {
  const std::uint32_t own = request.mark.value_or(1);
  return own == UINT32_MAX ? 1 : own + 1;
}

/// A redirection goes to the loopback address, or to the interface's where others' traffic is
/// redirected. For a listener that is at neither the destination has to be named.
bool redirects(const flow::Endpoint& listener, bool own) {
  return net::is_wildcard(listener.address) ||
         (own && (listener.address == "127.0.0.1" || listener.address == "::1"));
}

std::string nft_target(const flow::Endpoint& listener, bool own) {
  if (redirects(listener, own)) return fmt::format("redirect to :{}", listener.port);
  return fmt::format("dnat to {}", to_string(listener));
}

std::string iptables_target(const flow::Endpoint& listener, bool own) {
  if (redirects(listener, own)) return fmt::format("REDIRECT --to-ports {}", listener.port);
  // Some shells take brackets for a pattern.
  const char* quote = listener.address.contains(':') ? "'" : "";
  return fmt::format("DNAT --to-destination {0}{1}{0}", quote, to_string(listener));
}

std::string nft_table(const RulesRequest& request, const Led& led) {
  const Family& family = *led.family;
  std::string text = fmt::format(
      "table {0} mitmkit\ndelete table {0} mitmkit\ntable {0} mitmkit {{\n"
      "  chain own {{\n    type nat hook output priority -100;\n",
      family.nft);
  if (request.mark) text += fmt::format("    meta mark {} return\n", *request.mark);
  if (!request.user.empty()) text += fmt::format("    meta skuid {} return\n", request.user);
  text += fmt::format("    {} daddr {} return\n    tcp dport {{ {} }} {}\n  }}\n", family.nft,
                      family.loopback_network, kLedPorts, nft_target(led.own, true));
  if (led.others) {
    text += fmt::format(
        "  chain others {{\n    type nat hook prerouting priority -100;\n"
        "    meta mark {} return\n    fib daddr type local return\n    tcp dport {{ {} }} {}\n"
        "  }}\n",
        tproxy_mark(request), kLedPorts, nft_target(*led.others, false));
  }
  return text + "}\n";
}

std::string iptables_chains(const RulesRequest& request, const Led& led) {
  const std::string nat = fmt::format("{} -t nat", led.family->iptables);
  std::string text = fmt::format("{} -N MITMKIT\n", nat);
  if (request.mark)
    text += fmt::format("{} -A MITMKIT -m mark --mark {} -j RETURN\n", nat, *request.mark);
  if (!request.user.empty())
    text += fmt::format("{} -A MITMKIT -m owner --uid-owner {} -j RETURN\n", nat, request.user);
  text += fmt::format(
      "{0} -A MITMKIT -d {1} -j RETURN\n{0} -A MITMKIT -p tcp -m multiport --dports {2} -j {3}\n"
      "{0} -A OUTPUT -p tcp -j MITMKIT\n",
      nat, led.family->loopback_network, kPortsWithoutSpace, iptables_target(led.own, true));
  if (!led.others) return text;
  return text + fmt::format(
                    "{0} -N MITMKIT_OTHERS\n{0} -A MITMKIT_OTHERS -m mark --mark {1} -j RETURN\n"
                    "{0} -A MITMKIT_OTHERS -m addrtype --dst-type LOCAL -j RETURN\n"
                    "{0} -A MITMKIT_OTHERS -p tcp -m multiport --dports {2} -j {3}\n"
                    "{0} -A PREROUTING -p tcp -j MITMKIT_OTHERS\n",
                    nat, tproxy_mark(request), kPortsWithoutSpace,
                    iptables_target(*led.others, false));
}

std::string iptables_undoing(const Led& led) {
  const std::string nat = fmt::format("{} -t nat", led.family->iptables);
  std::string text =
      fmt::format("{0} -D OUTPUT -p tcp -j MITMKIT\n{0} -F MITMKIT\n{0} -X MITMKIT\n", nat);
  if (!led.others) return text;
  return text + fmt::format(
                    "{0} -D PREROUTING -p tcp -j MITMKIT_OTHERS\n{0} -F MITMKIT_OTHERS\n"
                    "{0} -X MITMKIT_OTHERS\n",
                    nat);
}

/// Commands, and those that take away what they made.
struct Commands {
  std::string doing;
  std::string undoing;
};

void add_nft_tproxy(const RulesRequest& request, const Led& led, Commands& to) {
  const flow::Endpoint& listener = *led.others;
  const bool anywhere = net::is_wildcard(listener.address);
  to.doing += fmt::format(
      "nft add table {0} mitmkit_tproxy\n"
      "nft add chain {0} mitmkit_tproxy others '{{ type filter hook prerouting priority mangle; "
      "}}'\n"
      "nft add rule {0} mitmkit_tproxy others fib daddr type != local tcp dport '{{ {1} }}' "
      "tproxy to {2} meta mark set {3} accept\n",
      led.family->nft, kLedPorts,
      anywhere ? fmt::format(":{}", listener.port) : fmt::format("'{}'", to_string(listener)),
      tproxy_mark(request));
  to.undoing += fmt::format("nft delete table {} mitmkit_tproxy\n", led.family->nft);
}

void add_iptables_tproxy(const RulesRequest& request, const Led& led, Commands& to) {
  const flow::Endpoint& listener = *led.others;
  const std::string at =
      net::is_wildcard(listener.address) ? "" : fmt::format(" --on-ip {}", listener.address);
  const std::string rule = fmt::format(
      "PREROUTING -p tcp -m addrtype ! --dst-type LOCAL -m multiport --dports {} -j TPROXY{} "
      "--on-port {} --tproxy-mark {}\n",
      kPortsWithoutSpace, at, listener.port, tproxy_mark(request));
  to.doing += fmt::format("{} -t mangle -A {}", led.family->iptables, rule);
  to.undoing += fmt::format("{} -t mangle -D {}", led.family->iptables, rule);
}

/// The redirection passes over what bears TPROXY's mark, so that either can come and go alone.
std::string tproxy_note(const RulesRequest& request, const RulesPlan& plan,
                        void (*add)(const RulesRequest&, const Led&, Commands&)) {
  if (!plan.serves_others()) return {};
  Commands commands;
  for (const Led& led : plan.led) {
    if (!led.others) continue;
    const auto route = [&](const char* rule_verb, const char* route_verb) {
      return fmt::format(
          "{0} rule {1} fwmark {2} lookup {3}\n{0} route {4} local default dev lo table {3}\n",
          led.family->ip, rule_verb, tproxy_mark(request), kTable, route_verb);
    };
    commands.doing += route("add", "add");
    commands.undoing += route("del", "del");
    add(request, led, commands);
  }
  return "\n# TPROXY for what others send, which leaves addresses as they are. Works after the "
         "commands\n# above, whose redirection it takes precedence over, or without them, and then "
         "for others alone:\n" +
         as_comment(commands.doing) + "# To undo TPROXY:\n" + as_comment(commands.undoing);
}

}  // namespace

std::string nft_rules(const RulesRequest& request) {
  const RulesPlan plan = plan_rules(request);
  std::string text = rules_heading(request, plan) + "nft -f - <<'END'\n";
  std::string undoing;
  for (const Led& led : plan.led) {
    text += nft_table(request, led);
    undoing += fmt::format("nft delete table {} mitmkit\n", led.family->nft);
  }
  return text + "END\n\n# To undo it:\n" + as_comment(undoing) +
         tproxy_note(request, plan, add_nft_tproxy);
}

std::string iptables_rules(const RulesRequest& request) {
  const RulesPlan plan = plan_rules(request);
  std::string text = rules_heading(request, plan);
  std::string undoing;
  for (const Led& led : plan.led) {
    text += iptables_chains(request, led);
    undoing += iptables_undoing(led);
  }
  return text + "\n# To undo it:\n" + as_comment(undoing) +
         tproxy_note(request, plan, add_iptables_tproxy);
}

}  // namespace mitm::record
