#include "lib/proxy/whereabouts.h"

#include <algorithm>

#include "lib/base/ascii.h"
#include "lib/base/ip.h"
#include "lib/flow/facts.h"

namespace mitm::proxy {
namespace {

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

std::string Whereabouts::known_as() const {
  const std::string& name = sni.empty() ? host : sni;
  return port == 443 ? name : to_string(flow::Target{name, port});
}

Whereabouts Whereabouts::towards_server() const {
  Whereabouts where = *this;
  if (!ask.empty()) where.sni = parse_ip(ask) ? std::string() : ask;
  return where;
}

Whereabouts Whereabouts::as_connected() const {
  Whereabouts where = *this;
  if (!parse_ip(host)) where.sni.clear();
  return where;
}

bool Whereabouts::is_contradictory() const {
  return !sni.empty() && !parse_ip(host) &&
         lower_case(without_last_dot(sni)) != lower_case(without_last_dot(host));
}

bool matches(const HostPattern& pattern, const Whereabouts& where) {
  return pattern.matches_port(where.port) &&
         (pattern.matches_host(where.sni) || pattern.matches_host(where.host) ||
          pattern.matches_host(where.address));
}

bool matches_any(const HostPatterns& patterns, const Whereabouts& where) {
  return std::ranges::any_of(patterns,
                             [&](const auto& pattern) { return matches(pattern, where); });
}

}  // namespace mitm::proxy
