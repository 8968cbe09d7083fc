#include "cmd/mitm-record/pf_rules.h"

#include <fmt/format.h>

#include "lib/net/address.h"
#include "lib/net/own_addresses.h"

namespace mitm::record {
namespace {

/// The address to which pf can redirect: it knows no "whatever address this machine has".
flow::Endpoint target(const Led& led) {
  const flow::Endpoint& listener = led.others ? *led.others : led.own;
  if (!net::is_wildcard(listener.address)) return listener;
  return {led.family->loopback, listener.port};
}

}  // namespace

std::string pf_rules(const RulesRequest& request) {
  const RulesPlan plan = plan_rules(request);
  std::vector<flow::Endpoint> targets;
  std::string openbsd;
  std::string rdr;
  std::string quic;
  for (const Led& led : plan.led) {
    if (led.shut_out) continue;
    const flow::Endpoint to = target(led);
    targets.push_back(to);
    const std::string from =
        led.sources.empty() ? "any" : fmt::format("{{ {} }}", listed(led.sources, ", "));
    openbsd += fmt::format("#   pass in {} proto tcp from {} to port {{ {} }} rdr-to {} port {}\n",
                           led.family->pf, from, kLedPorts, to.address, to.port);
    rdr += fmt::format("rdr pass {} proto tcp from {} to any port {{ {} }} -> {} port {}\n",
                       led.family->pf, from, kLedPorts, to.address, to.port);
    quic += fmt::format("# block return in quick {} proto udp from {} to any port {}\n",
                        led.family->pf, from, kQuicPort);
  }
  return fmt::format("# As root. Leads TCP that others send through this machine to ports {} to\n",
                     kLedPorts) +
         matching_command(request, targets) + rules_limits(request, plan) +
         "# /etc/pf.conf has to name the anchor once: 'rdr-anchor \"mitmkit\"' and\n"
         "# 'anchor \"mitmkit\"' (FreeBSD, macOS), 'anchor \"mitmkit\"' alone (OpenBSD).\n"
         "# On OpenBSD write in place of the rdr lines:\n" +
         openbsd + "pfctl -e 2>/dev/null || :\npfctl -a mitmkit -f - <<'END'\n" + rdr +
         "# HTTP/3 (QUIC) goes past on UDP. Uncommented, this has it refused, and clients take "
         "TCP:\n" +
         quic + "END\n\n# To undo it:\n" + as_comment("pfctl -a mitmkit -F all\n");
}

}  // namespace mitm::record
