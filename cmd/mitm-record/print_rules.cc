#include "cmd/mitm-record/print_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "cmd/mitm-record/access.h"
#include "cmd/mitm-record/iptables_rules.h"
#include "cmd/mitm-record/nft_rules.h"
#include "cmd/mitm-record/pf_rules.h"
#include "cmd/mitm-record/privileges.h"
#include "cmd/mitm-record/ways_in.h"
#include "lib/base/display.h"
#include "lib/cli/numbers.h"
#include "lib/cli/output.h"

namespace mitm::record {
namespace {

constexpr std::array kTools = {"nft", "iptables", "pf"};

/// Those of transparent modes; where no mode is given, where one would listen.
Status read_listeners(const cli::ParsedOptions& options, RulesRequest& into) {
  auto ways = read_ways_in(options);
  if (!ways) return std::unexpected(std::move(ways).error());
  const bool any_mode = !options.values("mode").empty();
  for (const WayIn& way : *ways) {
    if (any_mode && way.entrance.mode != flow::Mode::kTransparent) {
      into.other_modes.push_back(fmt::format("{}@{}", way.mode, to_string(way.entrance.listener)));
      continue;
    }
    if (way.entrance.listener.port == 0)
      return fail(Code::kUsage, "--print-rules needs to know the port",
                  "name it: -m transparent@127.0.0.1:8080");
    into.listeners.push_back(way.entrance.listener);
  }
  if (into.listeners.empty())
    return fail(Code::kUsage,
                fmt::format("--print-rules: rules lead to transparent listeners, which {} is not",
                            printable(ways->front().mode)),
                fmt::format("write -m transparent@{}", to_string(ways->front().entrance.listener)));
  return {};
}

/// Whose connections pass: those with the mark, the user's, or both.
Status read_passing(const cli::ParsedOptions& options, RulesRequest& into) {
  if (const auto name = options.value("user")) {
    auto user = find_user(*name);
    if (!user) return std::unexpected(std::move(user).error());
    into.user = user->name;
    if (const auto colon = name->find(':'); colon != name->npos)
      into.group = name->substr(colon + 1);
    if (!options.has("mark")) {
      into.mark.reset();
      return {};
    }
  }
  auto mark = cli::unsigned_value(options, "mark", *into.mark, {1, UINT32_MAX});
  if (!mark) return std::unexpected(std::move(mark).error());
  into.mark = static_cast<std::uint32_t>(*mark);
  return {};
}

/// pf's rules are for what others send alone.
bool leaves_nothing(const RulesRequest& request) {
  return request.tool == "pf" && std::ranges::all_of(plan_rules(request).led, [](const Led& led) {
           return led.shut_out.has_value();
         });
}

}  // namespace

Result<RulesRequest> read_rules_request(const cli::ParsedOptions& options) {
  if (!options.positionals().empty()) {
    return fail(Code::kUsage,
                fmt::format("option --print-rules: '{}' is not one of {}",
                            printable(options.positionals().front()), fmt::join(kTools, ", ")));
  }
  RulesRequest request{.tool = *options.value("print-rules"), .listeners = {}};
  MITM_TRY(read_listeners(options, request));
  auto allowed = read_allowed(options);
  if (!allowed) return std::unexpected(std::move(allowed).error());
  request.allowed = *std::move(allowed);
  MITM_TRY(read_passing(options, request));
  if (leaves_nothing(request))
    return fail(Code::kUsage, "--print-rules: no listener takes what --allow lets in",
                "-m transparent@[::]:8080 takes IPv4 and IPv6");
  return request;
}

std::string rules_text(const RulesRequest& request) {
  if (request.tool == "iptables") return iptables_rules(request);
  if (request.tool == "pf") return pf_rules(request);
  return nft_rules(request);
}

Result<int> print_rules(const cli::ParsedOptions& options) {
  const auto request = read_rules_request(options);
  if (!request) return std::unexpected(request.error());
  cli::Output out;
  MITM_TRY(out.write(rules_text(*request)));
  MITM_TRY(out.close());
  return 0;
}

cli::Section transparent_section() {
  return {
      "TRANSPARENT MODE",
      {"Rules of the system lead connections here whose programs, or machines, know nothing of a "
       "proxy. \\flag{print-rules} prints them. Where a connection was going is learnt from the "
       "kernel: on Linux both from REDIRECT (nftables and iptables, IPv4 and IPv6) and from "
       "TPROXY, which needs root here; elsewhere from pf. What it speaks is found by its first "
       "bytes, on any port: TLS, HTTP/1, else bytes; a server that speaks first is heard. TLS "
       "clients have to trust the CA, see mitm-ca(1).",
       "What mitm-record itself sends must not be led back to it: give its connections a mark with "
       "\\flag{mark} that the rules let pass. A connection that comes back all the same is refused "
       "and reported, and so is one to the listener itself, which no rule led there. What no rule "
       "leads here goes past without a word. In place of a mark, rules can let a user's "
       "connections pass: with \\flag{user} those are printed. While rules are in place and "
       "mitm-record does not run, what they lead to it is refused.",
       "IPv4 and IPv6 take rules of their own, and are printed for the protocols that the "
       "listeners take. transparent@[::]:8080 takes both, from this machine and from others, who "
       "also need \\flag{allow}, and with it rules are printed for its networks alone: others go "
       "past. For this machine alone give two modes, transparent@127.0.0.1:8080 and "
       "transparent@[::1]:8080. transparent@0.0.0.0:8080 leaves IPv6 out, which then goes past.",
       "HTTP/3 (QUIC) goes past too, for it uses UDP port 443 where browsers can. With the rules "
       "come others, as comments, that refuse it, so that clients fall back to TCP."}};
}

}  // namespace mitm::record
