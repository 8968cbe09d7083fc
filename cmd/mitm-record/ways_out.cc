#include "cmd/mitm-record/ways_out.h"

#include <fmt/format.h>

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "lib/base/display.h"

namespace mitm::record {
namespace {

using proxy::Purpose;
using proxy::Upstream;
using proxy::Upstreams;

constexpr std::string_view kFromEnvironment = "env";

/// "HOST=URL" or "URL"; an equals sign in a password is none of ours.
struct Written {
  std::optional<std::string_view> hosts;
  std::string_view url;
};

Written split(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == text.npos || equals > text.find("://")) return {std::nullopt, text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

Error about(std::string_view origin, Error error) {
  error.message = fmt::format("{}: {}", origin, error.message);
  return error;
}

Result<std::shared_ptr<const Upstream>> read_url(std::string_view origin, std::string_view url) {
  auto upstream = proxy::parse_upstream(url);
  if (!upstream) return std::unexpected(about(origin, std::move(upstream).error()));
  return std::make_shared<const Upstream>(*std::move(upstream));
}

Result<HostPattern> read_hosts(std::string_view origin, std::string_view text) {
  auto hosts = HostPattern::parse(text);
  if (!hosts) return std::unexpected(about(origin, std::move(hosts).error()));
  return hosts;
}

/// The first of them that is set to something: its name and value.
std::optional<std::pair<std::string, std::string>> first_set(
    const Variables& variables, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = variables(name); value != nullptr && *value != '\0')
      return std::pair<std::string, std::string>(name, value);
  }
  return std::nullopt;
}

/// A name there means what is below it too, with or without a dot before it.
Status read_no_proxy(std::string_view origin, std::string_view list, Upstreams& upstreams) {
  while (!list.empty()) {
    const auto end = list.find_first_of(", ");
    std::string_view name = list.substr(0, end);
    list.remove_prefix(end == list.npos ? list.size() : end + 1);
    if (name.empty()) continue;
    const bool is_name = !name.starts_with('.') && !name.contains('/') && !name.contains('*') &&
                         !address_octets(name) && !name.starts_with('[');
    const auto hosts = read_hosts(origin, name);
    if (!hosts) return std::unexpected(hosts.error());
    upstreams.add({.hosts = *hosts});
    if (!is_name) continue;
    if (auto below = HostPattern::parse(fmt::format(".{}", name)))
      upstreams.add({.hosts = *std::move(below)});
  }
  return {};
}

Status read_environment(const Variables& variables, Upstreams& upstreams) {
  if (const auto list = first_set(variables, {"no_proxy", "NO_PROXY"}))
    MITM_TRY(read_no_proxy(list->first, list->second, upstreams));
  const auto add = [&](std::optional<Purpose> purpose,
                       std::initializer_list<const char*> names) -> Status {
    const auto found = first_set(variables, names);
    if (!found) return {};
    const auto& [name, value] = *found;
    auto via = read_url("$" + name, value.contains("://") ? value : "http://" + value);
    if (!via) return std::unexpected(std::move(via).error());
    upstreams.add({.purpose = purpose, .via = *std::move(via)});
    return {};
  };
  // HTTP_PROXY in capitals can be set by clients of CGI programs, so nobody honours it.
  MITM_TRY(add(Purpose::kRequests, {"http_proxy"}));
  MITM_TRY(add(Purpose::kTunnel, {"https_proxy", "HTTPS_PROXY"}));
  return add(std::nullopt, {"all_proxy", "ALL_PROXY"});
}

Status read_upstreams(const cli::ParsedOptions& options, const Variables& variables,
                      Upstreams& upstreams) {
  for (const std::string& text : options.values("no-upstream")) {
    auto hosts = read_hosts("--no-upstream", text);
    if (!hosts) return std::unexpected(std::move(hosts).error());
    upstreams.add({.hosts = *std::move(hosts)});
  }
  std::shared_ptr<const Upstream> general;
  bool environment = false;
  for (const std::string& text : options.values("upstream")) {
    if (text == kFromEnvironment) {
      environment = true;
      continue;
    }
    const auto [pattern, url] = split(text);
    auto via = read_url("--upstream", url);
    if (!via) return std::unexpected(std::move(via).error());
    if (pattern) {
      auto hosts = read_hosts("--upstream", *pattern);
      if (!hosts) return std::unexpected(std::move(hosts).error());
      upstreams.add({.hosts = *std::move(hosts), .via = *std::move(via)});
    } else if (std::exchange(general, *std::move(via))) {
      return fail(Code::kUsage, "--upstream: two proxies for all hosts",
                  "write --upstream HOST=URL for some of them");
    }
  }
  if (environment && general)
    return fail(Code::kUsage, "--upstream env and --upstream URL exclude each other");
  if (general) upstreams.add({.via = std::move(general)});
  return environment ? read_environment(variables, upstreams) : Status{};
}

}  // namespace

std::vector<cli::Flag> ways_out_flags(const char* category) {
  return {
      {.long_name = "upstream",
       .value_name = "[HOST=]URL|env",
       .category = category,
       .summary = "reach servers through another proxy, http://, https:// or socks5://",
       .details =
           "URL is SCHEME://[USER:PASSWORD@]HOST[:PORT]; ports are 80, 443 and 1080 unless it says "
           "another, and user and password may be percent-encoded. It resolves the names of "
           "servers. A proxy for http or https is asked for a tunnel with CONNECT, and gets "
           "requests for plain http as they are, in absolute-form; its login is Basic. The "
           "certificate of one for https must be trusted, see \\flag{upstream-ca} and "
           "\\flag{insecure-host}. With HOST, which is as for \\flag{pass}, it is for these "
           "servers only; the first one that fits is taken. env: what http_proxy (plain requests), "
           "https_proxy (everything else), all_proxy and no_proxy say, as for curl. When the proxy "
           "refuses, does not understand or does not answer, the client gets a 502 that says so. "
           "Recordings name the proxy's address as the server's, and never its login.",
       .complete = cli::Complete::kSuggestion,
       .choices = {"http://", "https://", "socks5://", "env"},
       .repeatable = true},
      {.long_name = "no-upstream",
       .value_name = "HOST",
       .category = category,
       .summary = "reach HOST directly, whatever --upstream says",
       .details =
           "HOST is as for \\flag{pass}: a name, *.example.com, .example.com, an address or "
           "a network, each with :PORT if wanted. Names are not resolved for this: addresses and "
           "networks are for clients that ask for an address.",
       .complete = cli::Complete::kHost,
       .repeatable = true},
      {.long_name = "resolve",
       .value_name = "HOST:PORT:ADDRESS",
       .category = category,
       .summary = "take ADDRESS for HOST and PORT, as for curl",
       .details =
           "Instead of asking the resolver. HOST may be *, which comes after names; ADDRESS may be "
           "several, with commas between. IPv6 addresses may stand in brackets. Holds for upstream "
           "proxies as well; names that one of these resolves are not ours to resolve.",
       .complete = cli::Complete::kNone,
       .repeatable = true},
      {.long_name = "connect-to",
       .value_name = "HOST1:PORT1:HOST2:PORT2",
       .category = category,
       .summary = "for HOST1 and PORT1 connect to HOST2 and PORT2, as for curl",
       .details =
           "Requests, names in TLS and recordings go on naming HOST1. Without HOST1 or PORT1 it is "
           "for any, without HOST2 or PORT2 it changes nothing about these. The first one that "
           "fits is taken. IPv6 addresses stand in brackets.",
       .complete = cli::Complete::kNone,
       .repeatable = true},
      {.long_name = "source",
       .value_name = "ADDRESS",
       .category = category,
       .summary = "connect to servers from ADDRESS",
       .details =
           "An address of this machine. Given twice, one is for IPv4 and one for IPv6; when only "
           "one is given, servers are reached in its family only.",
       .complete = cli::Complete::kNone,
       .repeatable = true},
  };
}

Result<std::vector<net::SocketAddress>> read_sources(const cli::ParsedOptions& options) {
  std::vector<net::SocketAddress> sources;
  for (const std::string& text : options.values("source")) {
    const auto address = net::numeric_address(text, 0);
    if (!address)
      return fail(Code::kUsage,
                  fmt::format("--source: '{}' is not a numeric address", printable(text)));
    for (const auto& other : sources) {
      if (other.storage.ss_family == address->storage.ss_family)
        return fail(Code::kUsage, "--source: two addresses of one family",
                    "at most one for IPv4 and one for IPv6");
    }
    sources.push_back(*address);
  }
  return sources;
}

Status read_ways_out(const cli::ParsedOptions& options, const Variables& variables,
                     proxy::Settings& settings) {
  for (const std::string& text : options.values("resolve")) {
    if (Status added = settings.routes.detours.add_resolve(text); !added)
      return std::unexpected(about("--resolve", std::move(added).error()));
  }
  for (const std::string& text : options.values("connect-to")) {
    if (Status added = settings.routes.detours.add_connect_to(text); !added)
      return std::unexpected(about("--connect-to", std::move(added).error()));
  }
  return read_upstreams(options, variables, settings.routes.upstreams);
}

}  // namespace mitm::record
