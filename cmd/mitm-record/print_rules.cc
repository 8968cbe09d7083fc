#include "cmd/mitm-record/print_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cmd/mitm-record/ways_in.h"
#include "lib/cli/numbers.h"
#include "lib/cli/output.h"
#include "lib/net/address.h"

namespace mitm::record {
namespace {

constexpr auto kPorts = "80, 443";
constexpr auto kPortsWithoutSpace = "80,443";

/// One of the two protocols, as each tool names it and its things.
struct Family {
  const char* nft;
  const char* iptables;
  const char* pf;
  const char* loopback;
};
constexpr Family kV4{"ip", "iptables", "inet", "127.0.0.0/8"};
constexpr Family kV6{"ip6", "ip6tables", "inet6", "::1/128"};

/// Those in which connections can come to the listener.
std::vector<Family> families(const flow::Endpoint& listener) {
  if (listener.address == "::") return {kV4, kV6};
  return {listener.address.contains(':') ? kV6 : kV4};
}

bool serves_others(const RulesRequest& request) { return !net::is_loopback(request.listener); }

std::string heading(const RulesRequest& request) {
  const bool others = serves_others(request);
  std::string text = fmt::format(
      "# As root. Leads TCP to ports {} to\n#   mitm-record -m transparent@{} --mark {}{}\n"
      "# whose own connections bear the mark, and pass. For other ports change the lists.\n",
      kPorts, to_string(request.listener), request.mark, others ? " --allow NETWORK" : "");
  text += others
              ? "# Both what this machine sends and what others send through it.\n"
              : "# What this machine sends. For others that send through it listen on 0.0.0.0.\n";
  return text;
}

std::string undo(const std::string& commands) {
  std::string text = "\n# To undo it:\n";
  for (std::size_t begin = 0; begin < commands.size();) {
    const auto end = commands.find('\n', begin);
    text += "#   " + commands.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return text;
}

/// For who wants TPROXY, which needs more than rules. Its mark is another one than that of our own
/// connections, which must not go the same way.
std::string tproxy_note(const RulesRequest& request, const std::string& tool) {
  if (!serves_others(request)) return {};
  const std::uint32_t mark = request.mark == UINT32_MAX ? 1 : request.mark + 1;
  std::string text =
      "\n# For others also, in place of the redirection (it leaves addresses as they are):\n";
  for (const Family& family : families(request.listener)) {
    const char* ip = family.nft == std::string_view("ip6") ? "ip -6" : "ip";
    text += fmt::format(
        "#   {0} rule add fwmark {1} lookup 100; {0} route add local default dev lo table 100\n",
        ip, mark);
    if (tool == "nft") {
      text += fmt::format(
          "#   nft add chain {0} mitmkit divert '{{ type filter hook prerouting priority mangle; "
          "}}'\n"
          "#   nft add rule {0} mitmkit divert fib daddr type != local tcp dport '{{ {1} }}' "
          "tproxy to :{2} "
          "meta mark set {3} accept\n",
          family.nft, kPorts, request.listener.port, mark);
    } else {
      text += fmt::format(
          "#   {} -t mangle -A PREROUTING -p tcp -m addrtype ! --dst-type LOCAL -m multiport "
          "--dports {} "
          "-j TPROXY --on-port {} --tproxy-mark {}\n",
          family.iptables, kPortsWithoutSpace, request.listener.port, mark);
    }
  }
  for (const Family& family : families(request.listener)) {
    text += fmt::format("# To undo its route: {} rule del fwmark {} lookup 100\n",
                        family.nft == std::string_view("ip6") ? "ip -6" : "ip", mark);
  }
  return text;
}

std::string nft_rules(const RulesRequest& request) {
  std::string text = heading(request) + "nft -f - <<'END'\n";
  std::string undoing;
  for (const Family& family : families(request.listener)) {
    text += fmt::format("table {0} mitmkit\ndelete table {0} mitmkit\ntable {0} mitmkit {{\n",
                        family.nft);
    text += fmt::format(
        "  chain own {{\n    type nat hook output priority -100;\n    meta mark {} return\n"
        "    {} daddr {} return\n    tcp dport {{ {} }} redirect to :{}\n  }}\n",
        request.mark, family.nft, family.loopback, kPorts, request.listener.port);
    if (serves_others(request)) {
      text += fmt::format(
          "  chain others {{\n    type nat hook prerouting priority -100;\n"
          "    fib daddr type local return\n    tcp dport {{ {} }} redirect to :{}\n  }}\n",
          kPorts, request.listener.port);
    }
    text += "}\n";
    undoing += fmt::format("nft delete table {} mitmkit\n", family.nft);
  }
  return text + "END\n" + tproxy_note(request, "nft") + undo(undoing);
}

std::string iptables_rules(const RulesRequest& request) {
  std::string text = heading(request);
  std::string undoing;
  for (const Family& family : families(request.listener)) {
    const std::string nat = fmt::format("{} -t nat", family.iptables);
    text += fmt::format(
        "{0} -N MITMKIT\n{0} -A MITMKIT -m mark --mark {1} -j RETURN\n"
        "{0} -A MITMKIT -d {2} -j RETURN\n"
        "{0} -A MITMKIT -p tcp -m multiport --dports {3} -j REDIRECT --to-ports {4}\n"
        "{0} -A OUTPUT -p tcp -j MITMKIT\n",
        nat, request.mark, family.loopback, kPortsWithoutSpace, request.listener.port);
    undoing += fmt::format("{} -D OUTPUT -p tcp -j MITMKIT\n", nat);
    if (serves_others(request)) {
      const auto rule = "PREROUTING -p tcp -m addrtype ! --dst-type LOCAL -j MITMKIT";
      text += fmt::format("{} -A {}\n", nat, rule);
      undoing += fmt::format("{} -D {}\n", nat, rule);
    }
    undoing += fmt::format("{0} -F MITMKIT\n{0} -X MITMKIT\n", nat);
  }
  return text + tproxy_note(request, "iptables") + undo(undoing);
}

/// The address to which pf can redirect: it knows no "whatever address this machine has".
std::string pf_target(const RulesRequest& request, const Family& family) {
  if (request.listener.address != "0.0.0.0" && request.listener.address != "::")
    return request.listener.address;
  return family.pf == kV6.pf ? "::1" : "127.0.0.1";
}

std::string pf_rules(const RulesRequest& request) {
  std::string text = fmt::format(
      "# As root. Leads TCP that others send through this machine to ports {} to\n"
      "#   mitm-record -m transparent@{}\n"
      "# /etc/pf.conf has to name the anchor once: 'rdr-anchor \"mitmkit\"' and\n"
      "# 'anchor \"mitmkit\"' (FreeBSD, macOS), 'anchor \"mitmkit\"' alone (OpenBSD).\n"
      "# On OpenBSD write in place of the rdr lines:\n",
      kPorts, to_string(request.listener));
  std::string rdr;
  for (const Family& family : families(request.listener)) {
    const std::string target = pf_target(request, family);
    text += fmt::format("#   pass in {} proto tcp to port {{ {} }} rdr-to {} port {}\n", family.pf,
                        kPorts, target, request.listener.port);
    rdr += fmt::format("rdr pass {} proto tcp from any to any port {{ {} }} -> {} port {}\n",
                       family.pf, kPorts, target, request.listener.port);
  }
  text += "pfctl -e\npfctl -a mitmkit -f - <<'END'\n" + rdr + "END\n";
  return text + undo("pfctl -a mitmkit -F all\n");
}

Result<RulesRequest> read_request(const cli::ParsedOptions& options) {
  auto ways = read_ways_in(options);
  if (!ways) return std::unexpected(std::move(ways).error());
  const auto transparent = std::ranges::find_if(
      *ways, [](const WayIn& way) { return way.entrance.mode == flow::Mode::kTransparent; });
  const WayIn& way = transparent != ways->end() ? *transparent : ways->front();
  RulesRequest request{.tool = *options.value("print-rules"), .listener = way.entrance.listener};
  if (request.listener.port == 0)
    return fail(Code::kUsage, "--print-rules needs to know the port",
                "name it: -m transparent@127.0.0.1:8080");
  auto mark = cli::unsigned_value(options, "mark", request.mark, {1, UINT32_MAX});
  if (!mark) return std::unexpected(std::move(mark).error());
  request.mark = static_cast<std::uint32_t>(*mark);
  return request;
}

}  // namespace

std::string rules_text(const RulesRequest& request) {
  if (request.tool == "iptables") return iptables_rules(request);
  if (request.tool == "pf") return pf_rules(request);
  return nft_rules(request);
}

Result<int> print_rules(const cli::ParsedOptions& options) {
  const auto request = read_request(options);
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
       "TPROXY, "
       "which needs root here; elsewhere from pf. What it speaks is found by its first bytes, on "
       "any "
       "port: TLS, HTTP/1, else bytes; a server that speaks first is heard. TLS clients have to "
       "trust "
       "the CA, see mitm-ca(1).",
       "What mitm-record itself sends must not be led back to it: give its connections a mark with "
       "\\flag{mark} that the rules let pass. A connection that comes back all the same is refused "
       "and reported, and so is one that came without a rule. Rules for other machines need a "
       "listener that these reach, such as transparent@0.0.0.0:8080, and \\flag{allow}."}};
}

}  // namespace mitm::record
