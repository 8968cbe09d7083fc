#include "cmd/mitm-record/ways_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "lib/base/display.h"
#include "lib/cli/numbers.h"
#include "lib/net/address.h"
#include "lib/wire/target.h"

namespace mitm::record {
namespace {

constexpr std::uint16_t kDefaultPort = 8080;

/// A mode as it was written: what it is, and where it listens if that was said.
struct Written {
  std::string mode;
  std::optional<std::string> address;
};

/// A reverse URL holds no '@' (user information is none of its parts), so the last one is ours.
Written split(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::unexpected<Error> no_url(std::string_view url, std::string_view why) {
  return fail(Code::kUsage, fmt::format("--mode: reverse:{}: {}", url, why),
              "write reverse:SCHEME://HOST[:PORT] with http, https, tls or tcp as SCHEME");
}

Result<proxy::ReverseRoute> parse_route(std::string_view url) {
  using Scheme = proxy::ReverseRoute::Scheme;
  static const std::map<std::string_view, std::pair<Scheme, std::uint16_t>> kSchemes = {
      {"http", {Scheme::kHttp, 80}},
      {"https", {Scheme::kHttps, 443}},
      {"tls", {Scheme::kTls, 0}},
      {"tcp", {Scheme::kTcp, 0}}};
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return no_url(url, "there is no SCHEME://");
  const auto scheme = kSchemes.find(url.substr(0, colon));
  if (scheme == kSchemes.end()) return no_url(url, "the scheme is unknown");
  std::string_view authority = url.substr(colon + 3);
  if (authority.ends_with('/')) authority.remove_suffix(1);
  if (authority.contains('/'))
    return no_url(url, "a path in front of all requests is not supported");
  auto target = wire::parse_authority(authority, scheme->second.second);
  if (!target) return no_url(url, target.error().message);
  return proxy::ReverseRoute{scheme->second.first, {std::move(target->host), target->port}};
}

Result<WayIn> parse_mode(const std::string& mode) {
  constexpr std::string_view kReverse = "reverse:";
  WayIn way{.mode = mode, .entrance = {}};
  if (mode == "explicit") return way;
  if (mode == "transparent") {
    way.entrance.mode = flow::Mode::kTransparent;
    return way;
  }
  if (mode.starts_with(kReverse)) {
    auto route = parse_route(std::string_view(mode).substr(kReverse.size()));
    if (!route) return std::unexpected(std::move(route).error());
    way.entrance.mode = flow::Mode::kReverse;
    way.entrance.route = *std::move(route);
    return way;
  }
  return fail(Code::kUsage, fmt::format("--mode: '{}' is not a mode", printable(mode)),
              mode.starts_with("socks")      ? "SOCKS is spoken on the port of -m explicit"
              : mode.starts_with("upstream") ? "an upstream proxy is named with --upstream URL"
                                             : "modes are explicit, transparent and reverse:URL, "
                                               "each with @ADDR:PORT if wanted");
}

/// Where the one way listens whose mode does not say it.
Result<flow::Endpoint> common_address(const cli::ParsedOptions& options) {
  if (const auto listen = options.value("listen")) return parse_listen("--listen", *listen);
  const bool command = !options.command().empty();
  return flow::Endpoint{"127.0.0.1", command ? std::uint16_t{0} : kDefaultPort};
}

}  // namespace

std::vector<cli::Flag> ways_in_flags(const char* category) {
  return {
      {.long_name = "mode",
       .short_name = 'm',
       .value_name = "MODE[@ADDR:PORT]",
       .category = category,
       .summary = "how traffic arrives: explicit (default), transparent or reverse:URL",
       .details =
           "Can be given many times, each with an address of its own; one of them may leave it to "
           "\\flag{listen}. IPv6 addresses stand in brackets: explicit@[::1]:8080.\n\n"
           "explicit: clients are configured to use a proxy, for HTTP or SOCKS (5, 4 and 4a), "
           "which share the port. They ask for https with CONNECT and for http with absolute URLs; "
           "whatever else they send through CONNECT or SOCKS is recorded as bytes.\n\n"
           "transparent: the system's rules lead traffic here, and clients know nothing of it. See "
           "TRANSPARENT MODE.\n\n"
           "reverse:URL: clients take us for the server at URL. With http://HOST[:PORT] and "
           "https://HOST[:PORT] requests go there one by one, with HOST[:PORT] in their Host field "
           "(see \\flag{keep-host}); a client may use TLS or not, whatever the server does, and a "
           "server that fails is a 502. With tls://HOST:PORT whatever comes goes to the server "
           "over TLS, with tcp://HOST:PORT bytes go as they are. Clients of TLS see the "
           "certificate that \\flag{cert} gives for HOST or the name that they ask for (for who "
           "asks for none also the address that it came to), else one of the CA: for these three, "
           "and with https:// and tls:// for the names of the server's own, which is connected to "
           "first unless \\flag{connect} says lazy. Clients that speak nothing but HTTP/2 are "
           "refused.",
       .complete = cli::Complete::kSuggestion,
       .choices = {"explicit", "transparent", "reverse:https://"},
       .repeatable = true},
      {.long_name = "listen",
       .short_name = 'l',
       .value_name = "[ADDR:]PORT",
       .category = category,
       .summary = "where to listen (default 127.0.0.1:8080, with COMMAND a free port)",
       .details = "For the \\flag{mode} that names no address. Port 0 lets the system choose. An "
                  "address that other machines reach needs \\flag{allow} or \\flag{proxy-auth}: "
                  "whoever reaches the port can use it to reach whatever this machine reaches."},
      {.long_name = "keep-host",
       .category = category,
       .summary = "with reverse:, leave Host and TLS server name as the client sent them",
       .details = "For servers that know themselves by the name that clients use. Without it the "
                  "server gets its own name in both."},
      {.long_name = "mark",
       .value_name = "N",
       .category = category,
       .summary = "mark connections to servers with N, for rules to let them pass",
       .details = "SO_MARK of Linux; needs root (CAP_NET_ADMIN). See TRANSPARENT MODE."},
      {.long_name = "print-rules",
       .value_name = "[nft|iptables|pf]",
       .category = category,
       .summary = "print the commands for transparent mode and those that undo them, and end",
       .details = "For this machine, ready to paste (nft if nothing else is said), to all that is "
                  "transparent in \\flag{mode}, or to \\flag{listen}; with \\flag{mark}, "
                  "\\flag{user} and \\flag{allow} if they are given.",
       .complete = cli::Complete::kChoice,
       .choices = {"nft", "iptables", "pf"},
       .if_alone = "nft"},
      {.long_name = "ready-file",
       .value_name = "FILE",
       .category = category,
       .summary = "write \"MODE ADDR:PORT\" lines to FILE once connections are accepted",
       .details = "For scripts: one line for each \\flag{mode}, in the order in which they were "
                  "given. FILE appears all at once.",
       .complete = cli::Complete::kFile},
  };
}

Result<flow::Endpoint> parse_listen(const std::string& option, const std::string& text) {
  flow::Endpoint endpoint{"127.0.0.1", 0};
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    endpoint.address = text.substr(0, colon);
    if (endpoint.address.starts_with('[') && endpoint.address.ends_with(']')) {
      endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
    } else if (endpoint.address == "localhost") {
      endpoint.address = "127.0.0.1";
    }
  }
  auto port = cli::parse_unsigned(
      option, colon == std::string::npos ? text : text.substr(colon + 1), {0, 65535});
  if (!port) return std::unexpected(std::move(port).error());
  endpoint.port = static_cast<std::uint16_t>(*port);
  if (!net::numeric_address(endpoint.address, endpoint.port)) {
    return fail(Code::kUsage,
                fmt::format("{}: '{}' is not a numeric address", option, endpoint.address),
                "write 127.0.0.1:PORT or [::1]:PORT");
  }
  return endpoint;
}

Result<std::vector<WayIn>> read_ways_in(const cli::ParsedOptions& options) {
  auto modes = options.values("mode");
  if (modes.empty()) modes.emplace_back("explicit");
  auto common = common_address(options);
  if (!common) return std::unexpected(std::move(common).error());
  std::vector<WayIn> ways;
  bool common_taken = false;
  for (const std::string& text : modes) {
    const Written written = split(text);
    auto way = parse_mode(written.mode);
    if (!way) return std::unexpected(std::move(way).error());
    auto address = written.address ? parse_listen("--mode", *written.address) : common;
    if (!address) return std::unexpected(std::move(address).error());
    if (!written.address && std::exchange(common_taken, true)) {
      return fail(Code::kUsage, fmt::format("--mode: {} needs an address of its own", text),
                  fmt::format("write -m {}@127.0.0.1:PORT", text));
    }
    const bool taken = address->port != 0 && std::ranges::any_of(ways, [&](const WayIn& other) {
                         return other.entrance.listener == *address;
                       });
    if (taken)
      return fail(Code::kUsage, fmt::format("--mode: {} is given twice", to_string(*address)));
    way->entrance.listener = *std::move(address);
    ways.push_back(*std::move(way));
  }
  if (options.has("listen") && !common_taken)
    return fail(Code::kUsage, "--listen and an address in --mode exclude each other");
  const bool has_explicit = std::ranges::any_of(
      ways, [](const WayIn& way) { return way.entrance.mode == flow::Mode::kExplicit; });
  if (!options.command().empty() && !has_explicit)
    return fail(Code::kUsage, "a COMMAND needs the explicit proxy", "add -m explicit");
  return ways;
}

}  // namespace mitm::record
