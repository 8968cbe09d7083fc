#include "cmd/mitm-record/rules_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/net/address.h"

namespace mitm::record {
namespace {

constexpr Family kFamilies[] = {
    {"IPv4", "ip", "iptables", "ip", "inet", "127.0.0.0/8", "127.0.0.1"},
    {"IPv6", "ip6", "ip6tables", "ip -6", "inet6", "::1/128", "::1"}};

/// A socket on all addresses of IPv6 takes connections of IPv4 as well.
bool takes(const flow::Endpoint& listener, const Family& family) {
  return listener.address == "::" ||
         listener.address.contains(':') == (family.nft == std::string_view("ip6"));
}

std::optional<Led> lead(const RulesRequest& request, const Family& family) {
  std::optional<flow::Endpoint> own;
  std::optional<flow::Endpoint> others;
  for (const flow::Endpoint& listener : request.listeners) {
    if (!takes(listener, family)) continue;
    auto& place = net::is_loopback(listener) ? own : others;
    if (!place) place = listener;
  }
  if (!own && !others) return std::nullopt;
  return Led{&family, own ? *own : *others, others};
}

/// How mitm-record is told to take a protocol's traffic too.
std::string remedy(const RulesRequest& request, const RulesPlan& plan, const Family& family) {
  const std::uint16_t port = request.listeners.front().port;
  if (!plan.serves_others()) {
    return fmt::format("add -m transparent@{}", to_string(flow::Endpoint{family.loopback, port}));
  }
  return fmt::format("-m transparent@[::]:{} takes both, with --allow for networks of both", port);
}

std::string exemption(const RulesRequest& request) {
  if (request.user.empty()) {
    return "# whose own connections bear the mark, and pass. With --user NAME in place of --mark "
           "the "
           "rules\n# printed let that user's connections pass.\n";
  }
  return request.mark ? "# whose own connections bear the mark and are the user's, and pass.\n"
                      : "# whose own connections are the user's, and pass.\n";
}

}  // namespace

bool RulesPlan::serves_others() const {
  return std::ranges::any_of(led, [](const Led& one) { return one.others.has_value(); });
}

RulesPlan plan_rules(const RulesRequest& request) {
  RulesPlan plan;
  for (const Family& family : kFamilies) {
    if (auto led = lead(request, family)) plan.led.push_back(*std::move(led));
  }
  for (const flow::Endpoint& listener : request.listeners) {
    const bool used = std::ranges::any_of(
        plan.led, [&](const Led& led) { return led.own == listener || led.others == listener; });
    if (!used) plan.left_over.push_back(listener);
  }
  return plan;
}

std::string matching_command(const std::vector<flow::Endpoint>& listeners,
                             const std::string& more) {
  std::string text = "#   mitm-record";
  for (const flow::Endpoint& listener : listeners)
    text += fmt::format(" -m transparent@{}", to_string(listener));
  return text + more + "\n";
}

std::string rules_gaps(const RulesRequest& request, const RulesPlan& plan) {
  std::string text;
  for (const Family& family : kFamilies) {
    const auto led = std::ranges::find(plan.led, &family, &Led::family);
    const bool nothing = led == plan.led.end();
    if (!nothing && (led->others || !plan.serves_others())) continue;
    text += fmt::format("# {}{} is NOT covered and goes past mitm-record. To cover it:\n#   {}\n",
                        family.name, nothing ? "" : " of others", remedy(request, plan, family));
  }
  for (const flow::Endpoint& listener : plan.left_over) {
    text += fmt::format("# Nothing is led to {}: another listener gets the same ports.\n",
                        to_string(listener));
  }
  return text;
}

std::string rules_heading(const RulesRequest& request, const RulesPlan& plan) {
  std::string options;
  if (request.mark) options += fmt::format(" --mark {}", *request.mark);
  if (!request.user.empty()) options += fmt::format(" --user {}", request.user);
  if (plan.serves_others()) options += " --allow NETWORK";
  std::string text = fmt::format("# As root. Leads TCP to ports {} to\n", kLedPorts);
  text += matching_command(request.listeners, options) + exemption(request);
  text += "# For other ports change the lists.\n";
  text += plan.serves_others()
              ? "# Both what this machine sends and what others send through it.\n"
              : fmt::format(
                    "# What this machine sends. For others that send through it listen on "
                    "[::]:{}.\n",
                    request.listeners.front().port);
  return text + rules_gaps(request, plan);
}

std::string as_comment(const std::string& commands) {
  std::string text;
  for (std::size_t begin = 0; begin < commands.size();) {
    const auto end = commands.find('\n', begin);
    text += "#   " + commands.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

}  // namespace mitm::record
