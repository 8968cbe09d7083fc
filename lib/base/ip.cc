#include "lib/base/ip.h"

#include <arpa/inet.h>

#include <array>

namespace mitm {
namespace {

std::optional<Bytes> parse_family(int family, std::size_t size, std::string_view text) {
  std::array<char, 16> octets{};
  // For inet_pton() a NUL is the end.
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  if (::inet_pton(family, std::string(text).c_str(), octets.data()) != 1) return std::nullopt;
  return Bytes(octets.data(), size);
}

bool is_link_local(const Bytes& ipv6) {
  return ipv6[0] == '\xfe' && (static_cast<unsigned char>(ipv6[1]) & 0xc0) == 0x80;
}

}  // namespace

std::optional<Bytes> parse_ip(std::string_view host) {
  if (auto octets = parse_family(AF_INET, 4, host)) return octets;
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto percent = host.find('%');
  auto octets = parse_family(AF_INET6, 16, host.substr(0, percent));
  const bool may_have_zone = octets && is_link_local(*octets) && percent + 1 < host.size();
  if (percent != std::string_view::npos && !may_have_zone) return std::nullopt;
  return octets;
}

std::string format_ip(ByteView octets) {
  if (octets.size() != 4 && octets.size() != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = octets.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, octets.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

}  // namespace mitm
