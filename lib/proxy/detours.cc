#include "lib/proxy/detours.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "lib/base/display.h"
#include "lib/net/address.h"
#include "lib/wire/target.h"

namespace mitm::proxy {
namespace {

std::unexpected<Error> refused(std::string_view text, std::string_view form) {
  return fail(Code::kUsage, fmt::format("'{}' is not {}", printable(text), form),
              text.find("::", 1) != text.npos ? "IPv6 addresses stand in brackets" : "");
}

/// At colons that are not within brackets, `count` parts; the last one may hold more of them.
std::optional<std::vector<std::string_view>> split(std::string_view text, std::size_t count) {
  std::vector<std::string_view> parts;
  while (parts.size() + 1 < count) {
    const auto bracket = text.starts_with('[') ? text.find(']') : 0;
    const auto colon = bracket == text.npos ? bracket : text.find(':', bracket);
    if (colon == text.npos) return std::nullopt;
    parts.push_back(text.substr(0, colon));
    text.remove_prefix(colon + 1);
  }
  parts.push_back(text);
  return parts;
}

std::string_view without_brackets(std::string_view host) {
  return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

/// A host or an empty one, as targets have it; nothing where it is neither.
std::optional<std::string> read_host(std::string_view text) {
  if (text.empty()) return std::string();
  const auto authority = wire::parse_authority(text, 1);
  if (!authority || authority->port != 1) return std::nullopt;
  return authority->host;
}

std::optional<std::uint16_t> read_port(std::string_view text) {
  const auto authority = wire::parse_authority(fmt::format("x:{}", text), 0);
  return authority ? std::optional(authority->port) : std::nullopt;
}

/// What --resolve is about, where * stands for any host.
std::optional<flow::Target> read_name(std::string_view host, std::string_view port) {
  auto name = host == "*" ? std::optional<std::string>("*") : read_host(host);
  const auto number = read_port(port);
  if (!name || name->empty() || !number) return std::nullopt;
  return flow::Target{*std::move(name), *number};
}

}  // namespace

Status Detours::add_resolve(std::string_view text) {
  if (text.starts_with('-')) return remove_resolve(text);
  constexpr auto kForm = "HOST:PORT:ADDRESS";
  const auto parts = split(text.starts_with('+') ? text.substr(1) : text, 3);
  if (!parts) return refused(text, kForm);
  auto name = read_name((*parts)[0], (*parts)[1]);
  if (!name) return refused(text, kForm);
  Known known{std::move(name->host), name->port, {}};
  for (const auto part : std::views::split((*parts)[2], ',')) {
    const std::string_view address(part.begin(), part.end());
    auto numeric = net::numeric_address(std::string(without_brackets(address)), known.port);
    if (!numeric) return refused(text, kForm);
    known.addresses.push_back(*numeric);
  }
  if (known.addresses.empty()) return refused(text, kForm);
  known_.push_back(std::move(known));
  return {};
}

Status Detours::remove_resolve(std::string_view text) {
  const auto parts = split(text.substr(1), 2);
  const auto name = parts ? read_name((*parts)[0], (*parts)[1]) : std::nullopt;
  if (!name) return refused(text, "-HOST:PORT");
  std::erase_if(known_, [&](const Known& known) {
    return known.host == name->host && known.port == name->port;
  });
  return {};
}

Status Detours::add_connect_to(std::string_view text) {
  constexpr auto kForm = "HOST1:PORT1:HOST2:PORT2";
  auto parts = split(text, 4);
  if (!parts && (parts = split(text, 3))) parts->emplace_back();
  if (!parts) return refused(text, kForm);
  auto host = read_host((*parts)[0]);
  auto to_host = read_host((*parts)[2]);
  const auto port = read_port((*parts)[1]);
  const auto to_port = read_port((*parts)[3]);
  const bool ports_good = (port || (*parts)[1].empty()) && (to_port || (*parts)[3].empty());
  if (!host || !to_host || !ports_good) return refused(text, kForm);
  others_.push_back({*std::move(host), port, *std::move(to_host), to_port});
  return {};
}

flow::Target Detours::target_for(const flow::Target& target) const {
  const auto found = std::ranges::find_if(others_, [&](const Other& other) {
    return (other.host.empty() || other.host == target.host) &&
           other.port.value_or(target.port) == target.port;
  });
  if (found == others_.end()) return target;
  return {found->to_host.empty() ? target.host : found->to_host,
          found->to_port.value_or(target.port)};
}

net::Addresses Detours::addresses_of(const flow::Target& target) const {
  for (const std::string& host : {target.host, std::string("*")}) {
    for (const Known& known : std::views::reverse(known_)) {
      if (known.host == host && known.port == target.port) return known.addresses;
    }
  }
  return {};
}

}  // namespace mitm::proxy
