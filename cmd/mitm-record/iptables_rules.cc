#include "cmd/mitm-record/iptables_rules.h"

#include <fmt/format.h>

#include <string_view>

#include "cmd/mitm-record/netfilter_rules.h"
#include "lib/net/own_addresses.h"

namespace mitm::record {
namespace {

constexpr auto kPortsWithoutSpace = "80,443";

/// A chain of ours, and how those of the system lead to it.
struct Chain {
  const char* table;
  const char* name;
  const char* jump;   ///< the rule that leads to it
  const char* place;  ///< of the jump: behind what is there, or before it
};

constexpr Chain kOwn = {"nat", "MITMKIT", "OUTPUT -p tcp -j MITMKIT", "-A"};
constexpr Chain kOthers = {"nat", "MITMKIT_OTHERS", "PREROUTING -p tcp -j MITMKIT_OTHERS", "-A"};
constexpr Chain kTproxy = {"mangle", kOthers.name, kOthers.jump, "-A"};
// Chains that filter often let through what was asked for before they say no to the rest.
constexpr Chain kOwnQuic = {"filter", "MITMKIT", "OUTPUT -p udp -j MITMKIT", "-I"};
constexpr Chain kOthersQuic = {"filter", "MITMKIT_OTHERS", "FORWARD -p udp -j MITMKIT_OTHERS",
                               "-I"};

/// Pasted again they leave what there is after the first time.
std::string making(const Family& family, const Chain& chain,
                   const std::vector<std::string>& rules) {
  const std::string tool = fmt::format("{} -t {}", family.iptables, chain.table);
  std::string text = fmt::format("{0} -N {1} 2>/dev/null || {0} -F {1}\n", tool, chain.name);
  for (const std::string& rule : rules)
    text += fmt::format("{} -A {} {}\n", tool, chain.name, rule);
  return text +
         fmt::format("{0} -C {1} 2>/dev/null || {0} {2} {1}\n", tool, chain.jump, chain.place);
}

/// Quiet where there is no such chain.
std::string unmaking(std::string_view tool, const Chain& chain, const char* indent = "") {
  return fmt::format(
      "{4}while {0} -t {1} -D {2} 2>/dev/null; do :; done\n"
      "{4}if {0} -t {1} -F {3} 2>/dev/null; then {0} -t {1} -X {3}; fi\n",
      tool, chain.table, chain.jump, chain.name, indent);
}

std::string target(const flow::Endpoint& listener, bool own) {
  if (redirects(listener, own)) return fmt::format("REDIRECT --to-ports {}", listener.port);
  // Some shells take brackets for a pattern.
  const char* quote = listener.address.contains(':') ? "'" : "";
  return fmt::format("DNAT --to-destination {0}{1}{0}", quote, to_string(listener));
}

/// What matches the others that are led.
std::string from(const Led& led) {
  return led.sources.empty() ? "" : fmt::format("-s {} ", listed(led.sources, ","));
}

std::string redirection(const RulesRequest& request, const Led& led) {
  std::vector<std::string> own;
  if (request.mark) own.push_back(fmt::format("-m mark --mark {} -j RETURN", *request.mark));
  if (!request.user.empty())
    own.push_back(fmt::format("-m owner --uid-owner {} -j RETURN", request.user));
  own.push_back(fmt::format("-d {} -j RETURN", led.family->loopback_network));
  own.push_back(fmt::format("-p tcp -m multiport --dports {} -j {}", kPortsWithoutSpace,
                            target(led.own, true)));
  std::string text = making(*led.family, kOwn, own);
  if (!led.others) return text;
  return text + making(*led.family, kOthers,
                       {fmt::format("-m mark --mark {} -j RETURN", tproxy_mark(request)),
                        "-m addrtype --dst-type LOCAL -j RETURN",
                        fmt::format("{}-p tcp -m multiport --dports {} -j {}", from(led),
                                    kPortsWithoutSpace, target(*led.others, false))});
}

std::string quic(const Led& led) {
  const std::string refusal = fmt::format("-p udp --dport {} -j REJECT", kQuicPort);
  const std::string text = making(
      *led.family, kOwnQuic, {fmt::format("! -d {} {}", led.family->loopback_network, refusal)});
  return led.others ? text + making(*led.family, kOthersQuic, {from(led) + refusal}) : text;
}

std::string undoing(const RulesPlan& plan) {
  std::string text = "for t in";
  for (const Led& led : plan.led) text += fmt::format(" {}", led.family->iptables);
  text += "; do\n" + unmaking("$t", kOwn, "  ") + unmaking("$t", kOwnQuic, "  ");
  if (plan.serves_others())
    text += unmaking("$t", kOthers, "  ") + unmaking("$t", kOthersQuic, "  ");
  return text + "done\n";
}

void add_tproxy(const RulesRequest& request, const Led& led, Commands& to) {
  const flow::Endpoint& listener = *led.others;
  const std::string at =
      net::is_wildcard(listener.address) ? "" : fmt::format(" --on-ip {}", listener.address);
  to.doing +=
      making(*led.family, kTproxy,
             {fmt::format("{}-p tcp -m addrtype ! --dst-type LOCAL -m multiport --dports "
                          "{} -j TPROXY{} --on-port {} --tproxy-mark {}",
                          from(led), kPortsWithoutSpace, at, listener.port, tproxy_mark(request))});
  to.undoing += unmaking(led.family->iptables, kTproxy);
}

}  // namespace

std::string iptables_rules(const RulesRequest& request) {
  const RulesPlan plan = plan_rules(request);
  std::string redirecting;
  std::string refusing;
  for (const Led& led : plan.led) {
    redirecting += redirection(request, led);
    refusing += quic(led);
  }
  return rules_heading(request, plan) + redirecting +
         "\n# HTTP/3 (QUIC) goes past on UDP. These have it refused, and clients then take TCP:\n" +
         as_comment(refusing) + "\n# To undo both:\n" + as_comment(undoing(plan)) +
         tproxy_note(request, plan, add_tproxy, "these connections get no answer");
}

}  // namespace mitm::record
