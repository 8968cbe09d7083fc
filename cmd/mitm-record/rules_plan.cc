#include "cmd/mitm-record/rules_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "lib/base/shell_word.h"
#include "lib/net/address.h"

namespace mitm::record {
namespace {

constexpr Family kFamilies[] = {
    {"IPv4", "ip", "iptables", "ip", "inet", "127.0.0.0/8", "127.0.0.1"},
    {"IPv6", "ip6", "ip6tables", "ip -6", "inet6", "::1/128", "::1"}};

bool is_ipv6(const Family& family) { return family.nft == std::string_view("ip6"); }

/// A socket on all addresses of IPv6 takes connections of IPv4 as well.
bool takes(const flow::Endpoint& listener, const Family& family) {
  return listener.address == "::" || listener.address.contains(':') == is_ipv6(family);
}

/// Those of one protocol. Tools refuse sets that overlap.
Networks sources(const Networks& allowed, const Family& family) {
  const std::size_t octets = is_ipv6(family) ? 16 : 4;
  Networks kept;
  for (const Network& network : allowed) {
    if (network.address().size() != octets ||
        std::ranges::any_of(kept, [&](const Network& wide) { return wide.covers(network); }))
      continue;
    std::erase_if(kept, [&](const Network& narrow) { return network.covers(narrow); });
    kept.push_back(network);
  }
  return kept;
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
  Led led{&family, own ? *own : *others, others, sources(request.allowed, family), std::nullopt};
  if (led.sources.empty() && !request.allowed.empty()) {
    if (request.tool == "pf" && !others) others = own;  // it leads others to loopback as well
    led.shut_out = others;
    led.others.reset();
  }
  std::erase_if(led.sources, [](const Network& network) { return network.text().ends_with("/0"); });
  return led;
}

/// How mitm-record is told to take a protocol's traffic too.
std::string remedy(const RulesRequest& request, const Family& family) {
  const std::uint16_t port = request.listeners.front().port;
  const bool own_only = std::ranges::all_of(request.listeners, net::is_loopback);
  const flow::Endpoint listener{own_only ? family.loopback : "::", port};
  const std::string mode = shell_word("transparent@" + to_string(listener));
  return own_only ? fmt::format("add -m {}", mode)
                  : fmt::format("-m {} takes both, with --allow for networks of both", mode);
}

std::string exemption(const RulesRequest& request) {
  if (request.user.empty()) {
    return "# whose own connections bear the mark, and pass. With --user NAME in place of --mark "
           "the rules\n"
           "# printed let that user's connections pass.\n";
  }
  return request.mark ? "# whose own connections bear the mark and are the user's, and pass.\n"
                      : "# whose own connections are the user's, and pass.\n";
}

std::string senders(const RulesRequest& request, const RulesPlan& plan) {
  if (plan.serves_others()) {
    return request.allowed.empty()
               ? "# Both what this machine sends and what others send through it.\n"
               : "# Both what this machine sends and what networks of --allow send through it.\n";
  }
  if (plan.shuts_out()) return "# What this machine sends.\n";
  return fmt::format(
      "# What this machine sends. For others that send through it listen on [::]:{}.\n",
      request.listeners.front().port);
}

}  // namespace

bool RulesPlan::serves_others() const {
  return std::ranges::any_of(led, [](const Led& one) { return one.others.has_value(); });
}

bool RulesPlan::shuts_out() const {
  return std::ranges::any_of(led, [](const Led& one) { return one.shut_out.has_value(); });
}

RulesPlan plan_rules(const RulesRequest& request) {
  RulesPlan plan;
  for (const Family& family : kFamilies) {
    if (auto led = lead(request, family)) plan.led.push_back(*std::move(led));
  }
  for (const flow::Endpoint& listener : request.listeners) {
    const bool used = std::ranges::any_of(plan.led, [&](const Led& led) {
      return led.own == listener || led.others == listener || led.shut_out == listener;
    });
    if (!used) plan.left_over.push_back(listener);
  }
  return plan;
}

std::string matching_command(const RulesRequest& request,
                             const std::vector<flow::Endpoint>& listeners) {
  std::string text = "#   mitm-record";
  for (const flow::Endpoint& listener : listeners)
    text += " -m " + shell_word("transparent@" + to_string(listener));
  for (const std::string& mode : request.other_modes) text += " -m " + shell_word(mode);
  if (request.mark && request.tool != "pf") text += fmt::format(" --mark {}", *request.mark);
  if (!request.user.empty()) {
    const std::string group = request.group.empty() ? "" : ":" + request.group;
    text += " --user " + shell_word(request.user + group);
  }
  for (const Network& network : request.allowed) text += " --allow " + network.text();
  if (request.allowed.empty() && !std::ranges::all_of(listeners, net::is_loopback))
    text += " --allow NETWORK";
  return text + "\n";
}

std::string rules_limits(const RulesRequest& request, const RulesPlan& plan) {
  std::string text;
  for (const Family& family : kFamilies) {
    const auto led = std::ranges::find(plan.led, &family, &Led::family);
    const bool nothing = led == plan.led.end();
    if (!nothing && led->shut_out) {
      text += fmt::format(
          "# {} of others is NOT covered and goes past: no --allow names a network of it.\n",
          family.name);
    } else if (nothing || (!led->others && plan.serves_others())) {
      text += fmt::format("# {}{} is NOT covered and goes past mitm-record. To cover it:\n#   {}\n",
                          family.name, nothing ? "" : " of others", remedy(request, family));
    }
  }
  for (const flow::Endpoint& listener : plan.left_over) {
    text += fmt::format("# Nothing is led to {}: another listener gets the same ports.\n",
                        to_string(listener));
  }
  return text +
         "# While these rules are in place and mitm-record does not run, what they lead to it is "
         "refused.\n";
}

std::string rules_heading(const RulesRequest& request, const RulesPlan& plan) {
  return fmt::format("# As root. Leads TCP to ports {} to\n", kLedPorts) +
         matching_command(request, request.listeners) + exemption(request) +
         "# For other ports change the lists.\n" + senders(request, plan) +
         rules_limits(request, plan);
}

std::string listed(const Networks& networks, const char* separator) {
  std::string text;
  for (const Network& network : networks) text += (text.empty() ? "" : separator) + network.text();
  return text;
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
