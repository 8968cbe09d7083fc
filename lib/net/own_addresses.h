#pragma once

#include <string>

namespace mitm::net {

/// Whether an address is one of this machine's: the interfaces', and all of the loopback network.
/// Asks the system each time, since addresses come and go. What bind(2) takes would say nothing:
/// with net.ipv4.ip_nonlocal_bind it takes any. Any thread.
bool is_local_address(const std::string& address);

/// Whether the peer of a TCP connection is this machine: its address is one of ours, and where that
/// belongs to one link only (fe80::/10), of the interface that it came in by. Any thread.
bool is_own_peer(int fd);

/// Whether it stands for all addresses of this machine.
bool is_wildcard(const std::string& address);

}  // namespace mitm::net
