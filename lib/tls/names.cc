#include "lib/tls/names.h"

#include <algorithm>
#include <array>

#include "lib/base/ascii.h"

namespace mitm::tls {
namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxName = 253;

bool is_label_char(char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_'; }

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= kMaxLabel && std::ranges::all_of(label, is_label_char);
}

}  // namespace

std::optional<std::string> normalise_dns(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > kMaxName) return std::nullopt;
  std::string name(host);
  std::ranges::transform(name, name.begin(), to_lower);
  std::string_view rest = name;
  if (rest.starts_with("*.")) rest.remove_prefix(2);
  while (true) {
    const std::size_t dot = rest.find('.');
    if (!is_label(rest.substr(0, dot))) return std::nullopt;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  // What ends in a number is an address or a mistake (WHATWG URL, "ends in a number").
  if (std::ranges::all_of(rest, is_digit)) return std::nullopt;
  return name;
}

bool NameSet::add(std::string_view host) {
  if (auto ip = parse_ip(host)) return insert(ips_, *std::move(ip));
  if (auto name = normalise_dns(host)) return insert(dns_, *std::move(name));
  return false;
}

bool NameSet::insert(std::vector<std::string>& list, std::string name) {
  if (std::ranges::find(list, name) != list.end()) return true;
  if (dns_.size() + ips_.size() >= kMaxNames) return false;
  list.push_back(std::move(name));
  return true;
}

}  // namespace mitm::tls
