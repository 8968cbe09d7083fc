#include "cmd/mitm-record/netfilter_rules.h"

#include <fmt/format.h>

#include "lib/net/own_addresses.h"

namespace mitm::record {
namespace {

constexpr auto kTable = 100;

void add_routes(const RulesRequest& request, const Led& led, Commands& to) {
  const std::string rule = fmt::format("fwmark {} lookup {}", tproxy_mark(request), kTable);
  const std::string route = fmt::format("local default dev lo table {}", kTable);
  const char* ip = led.family->ip;
  const std::string no_rule =
      fmt::format("while {} rule del {} 2>/dev/null; do :; done\n", ip, rule);
  to.doing += no_rule + fmt::format("{0} rule add {1}\n{0} route replace {2}\n", ip, rule, route);
  to.undoing += no_rule + fmt::format("{} route del {}\n", ip, route);
}

}  // namespace

bool redirects(const flow::Endpoint& listener, bool own) {
  return net::is_wildcard(listener.address) ||
         (own && (listener.address == "127.0.0.1" || listener.address == "::1"));
}

std::uint32_t tproxy_mark(const RulesRequest& request) {
  const std::uint32_t own = request.mark.value_or(1);
  return own == UINT32_MAX ? 1 : own + 1;
}

std::string tproxy_note(const RulesRequest& request, const RulesPlan& plan,
                        void (*add)(const RulesRequest&, const Led&, Commands&),
                        const char* when_down) {
  if (!plan.serves_others()) return {};
  Commands commands;
  for (const Led& led : plan.led) {
    if (!led.others) continue;
    add_routes(request, led, commands);
    add(request, led, commands);
  }
  return "\n# TPROXY for what others send, which leaves addresses as they are. Works after the "
         "commands\n# above, whose redirection it takes precedence over, or without them, and then "
         "for others alone.\n" +
         fmt::format("# While mitm-record does not run, {}:\n", when_down) +
         as_comment(commands.doing) + "# To undo TPROXY:\n" + as_comment(commands.undoing);
}

}  // namespace mitm::record
