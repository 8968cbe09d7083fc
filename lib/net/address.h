#pragma once

#include <sys/socket.h>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "lib/flow/facts.h"

namespace mitm::net {

/// A socket address of either family, as a value.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;

  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  bool operator==(const SocketAddress& other) const {
    return length == other.length && std::memcmp(&storage, &other.storage, length) == 0;
  }
};

/// nullopt when `host` is not a numeric IPv4 or IPv6 address (without brackets).
std::optional<SocketAddress> numeric_address(const std::string& host, std::uint16_t port);

void set_port(SocketAddress& address, std::uint16_t port);

/// An IPv4-mapped IPv6 address comes out as IPv4. Other families give an empty endpoint.
flow::Endpoint to_endpoint(const sockaddr* address);
flow::Endpoint local_endpoint(int fd);
flow::Endpoint remote_endpoint(int fd);

bool is_loopback(const flow::Endpoint& endpoint);

/// Nagle's algorithm off: a relay must not hold small writes back.
void set_no_delay(int fd);

}  // namespace mitm::net
