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

constexpr std::size_t kMappedPrefix = 12;

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

/// IPv4-mapped addresses (RFC 4291, section 2.5.5.2) as what they map.
std::optional<Bytes> address_of(std::string_view host) {
  constexpr ByteView kMapped("\0\0\0\0\0\0\0\0\0\0\xff\xff", kMappedPrefix);
  auto octets = parse_ip(host);
  if (octets && octets->size() == 16 && octets->starts_with(kMapped))
    octets->erase(0, kMappedPrefix);
  return octets;
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
  if (const std::size_t slash = host.find('/'); slash != host.npos)
    return parse_network(host.substr(0, slash), host.substr(slash + 1));
  if (auto address = address_of(host)) {
    const unsigned bits = static_cast<unsigned>(address->size()) * 8;
    network_ = {.address = *std::move(address), .bits = bits};
    return {};
  }
  name_ = lower_case(without_last_dot(host));
  if (name_.empty()) return fail(Code::kUsage, "there is no name in it");
  // What would never match must not look as if it did.
  const bool bracketed = name_.starts_with('[') && (name_.ends_with(']') || !name_.contains(']'));
  const bool numeric = std::ranges::all_of(name_.substr(name_.rfind('.') + 1), is_digit);
  if (!std::ranges::all_of(name_, may_be_in_pattern) || name_.contains("..") || bracketed ||
      numeric)
    return fail(Code::kUsage, "no name looks like that");
  return {};
}

Status HostPattern::parse_network(std::string_view address, std::string_view bits) {
  auto octets = address_of(address);
  if (!octets) return fail(Code::kUsage, "before the slash there is no address");
  const auto size = static_cast<unsigned>(octets->size());
  const bool is_mapped = size == 4 && address.contains(':');
  const unsigned skipped = is_mapped ? static_cast<unsigned>(kMappedPrefix) * 8 : 0;
  const auto width = parse_number<unsigned>(bits, skipped + size * 8);
  if (!width || *width < skipped)
    return fail(Code::kUsage, "after the slash there is no length of a prefix");
  network_ = {.address = *std::move(octets), .bits = *width - skipped};
  return {};
}

bool HostPattern::Network::contains(ByteView other) const {
  if (other.size() != address.size()) return false;
  const std::size_t whole = bits / 8;
  if (other.substr(0, whole) != ByteView(address).substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const unsigned differing = static_cast<unsigned char>(other[whole] ^ address[whole]);
  return differing >> (8 - bits % 8) == 0;
}

bool HostPattern::matches_host(std::string_view host) const {
  if (host.empty()) return false;
  if (network_) {
    const auto address = address_of(host);
    return address && network_->contains(*address);
  }
  const std::string name = lower_case(without_last_dot(host));
  if (name_.starts_with('.')) return name.ends_with(name_) || name == name_.substr(1);
  return ::fnmatch(name_.c_str(), name.c_str(), 0) == 0;
}

}  // namespace mitm
