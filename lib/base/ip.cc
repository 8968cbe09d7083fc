#include "lib/base/ip.h"

#include <arpa/inet.h>

#include <array>

namespace mitm {

std::optional<Bytes> parse_ip(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const std::string text(host.substr(0, host.find('%')));
  if (text.find('\0') != std::string::npos) return std::nullopt;
  std::array<char, 16> octets{};
  if (::inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return Bytes(octets.data(), 4);
  if (::inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return Bytes(octets.data(), 16);
  return std::nullopt;
}

std::string format_ip(ByteView octets) {
  if (octets.size() != 4 && octets.size() != 16) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = octets.size() == 4 ? AF_INET : AF_INET6;
  return ::inet_ntop(family, octets.data(), text.data(), text.size()) != nullptr ? text.data() : "";
}

}  // namespace mitm
