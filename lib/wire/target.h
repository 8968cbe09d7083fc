#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// Where a request wants to go (RFC 9110, section 4.2; RFC 9112, section 3.2). Strict: what is
/// taken from here is connected to, so anything two parsers could read differently is refused.
namespace mitm::wire {

/// `host` is a name in lower case (ASCII letters only are changed), or a numeric address without
/// brackets. A trailing dot is kept. Names hold letters, digits, '-', '_' and '.', at most 253
/// octets; percent-encoding, zone ids and octets above 0x7f are refused.
struct Authority {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Authority&) const = default;
};

/// "host", "host:port", "[v6]:port". Without a port it is `default_port`; where that is 0 a port is
/// required, and so "v6:port" is no riddle and taken, too: wget, Python's http.client and openssl
/// s_client leave the brackets out after CONNECT. Port 0 and ports above 65535 are refused, as is
/// user information.
Result<Authority> parse_authority(ByteView text, std::uint16_t default_port);

/// What parse_authority() reads: the port is left out where it is `default_port`, IPv6 addresses
/// stand in brackets. So Host fields are written (RFC 9110, section 7.2).
std::string format_authority(const Authority& authority, std::uint16_t default_port);

struct AbsoluteTarget {
  std::string scheme;  ///< "http" or "https"
  Authority authority;
  std::string path_and_query;  ///< origin-form to send on, always begins with '/'
  bool has_path = false;       ///< false: the URL ended after the authority, or went on with '?'
  bool has_userinfo = false;   ///< "user:password@" was there; it is not kept
};

/// "http://host[:port][/path][?query]". Refuses other schemes (kUnsupported), control bytes,
/// spaces, backslashes and fragments. Octets above 0x7f are allowed in path and query.
Result<AbsoluteTarget> parse_absolute_form(ByteView target);

/// Whether a Host field's value is empty or an authority as above.
bool is_host_field_valid(ByteView value);

/// 80 for "http" and "ws", 443 for "https" and "wss", else 0.
std::uint16_t default_port(ByteView scheme);

/// The URL to show for a request. Never fails: absolute-form is returned as it is, "*" and an empty
/// target add nothing to "scheme://authority", and anything else follows it, after a '/' if need
/// be.
std::string format_url(ByteView scheme, ByteView authority, ByteView target);

}  // namespace mitm::wire
