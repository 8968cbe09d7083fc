#include "lib/base/host_pattern.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>

#include "lib/base/ascii.h"
#include "lib/base/display.h"
#include "lib/base/ip.h"

namespace mitm {
namespace {

std::unexpected<Error> refused(std::string_view text, std::string_view why) {
  return fail(Code::kUsage, fmt::format("'{}' names no hosts: {}", printable(text), why),
              "a name, *.example.com, .example.com, an address or a network such as 10.0.0.0/8, "
              "each with :PORT if wanted");
}

template <class Number>
std::optional<Number> parse_number(std::string_view text, Number most) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

struct Split {
  std::string_view host;
  std::optional<std::string_view> port;
};

/// "[::1]:443" and "host:443"; a second colon without brackets is part of an address.
Split split_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return {text, std::nullopt};
  const bool bracketed = text.starts_with('[');
  const std::size_t bracket = text.find(']');
  if (bracketed && bracket != text.npos && colon < bracket) return {text, std::nullopt};
  if (!bracketed && text.find(':') != colon) return {text, std::nullopt};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// Octets of names as they are on the wire (letters of other scripts are xn--), and of patterns.
bool may_be_in_pattern(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || std::string_view("-_.*?[]!^").contains(c);
}

std::string_view without_last_dot(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

}  // namespace

Result<HostPattern> HostPattern::parse(std::string_view text) {
  HostPattern pattern;
  pattern.text_ = text;
  const Split split = split_port(text);
  if (split.port) {
    pattern.port_ = parse_number<std::uint16_t>(*split.port, 65535);
    if (!pattern.port_ || *pattern.port_ == 0) return refused(text, "that is no port");
  }
  if (Status parsed = pattern.parse_host(split.host); !parsed)
    return refused(text, parsed.error().message);
  return pattern;
}

Status HostPattern::parse_host(std::string_view host) {
  if (host.contains('/') || address_octets(host)) {
    auto network = Network::parse(host);
    if (!network) return std::unexpected(std::move(network).error());
    network_ = *std::move(network);
    return {};
  }
  name_ = lower_case(without_last_dot(host));
  if (name_.empty()) return fail(Code::kUsage, "there is no name in it");
  // What would never match must not look as if it did.
  const bool bracketed = name_.starts_with('[') && (name_.ends_with(']') || !name_.contains(']'));
  const bool numeric = std::ranges::all_of(name_.substr(name_.rfind('.') + 1), is_digit);
  const bool dotted_pattern = name_.starts_with('.') && name_.find_first_of("*?[") != name_.npos;
  if (!std::ranges::all_of(name_, may_be_in_pattern) || name_.contains("..") || bracketed ||
      numeric || dotted_pattern)
    return fail(Code::kUsage, "no name looks like that");
  return {};
}

bool HostPattern::matches_host(std::string_view host) const {
  if (host.empty()) return false;
  if (network_) return network_->contains_address(host);
  const std::string name = lower_case(without_last_dot(host));
  if (name_.starts_with('.')) return name.ends_with(name_) || name == name_.substr(1);
  return ::fnmatch(name_.c_str(), name.c_str(), 0) == 0;
}

}  // namespace mitm
