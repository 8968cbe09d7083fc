#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/network.h"

namespace mitm::tls {

/// Reserved for ever (RFC 6761): a CA for addresses alone must not sign any domain, and verifiers
/// do not agree on how to exclude all of them.
inline constexpr std::string_view kNoDomain = "invalid";

/// What a new CA is to sign certificates for: these domains with all below them, and these
/// networks. Empty: anything. What one that is there may sign is the business of
/// name_constraints.h.
struct Permitted {
  std::vector<std::string> domains = {};
  Networks networks = {};

  [[nodiscard]] bool empty() const { return domains.empty() && networks.empty(); }
  bool operator==(const Permitted&) const = default;
};

/// Of "example.com", "192.0.2.1" or "10.0.0.0/8", as people write them. kUsage with a hint for
/// URLs, wildcards and ports.
Result<Permitted> parse_permitted(std::span<const std::string> words);

/// The value of nameConstraints in DER (RFC 5280, section 4.2.1.10). What `permitted` does not
/// mention is excluded, since a constraint of one kind of name leaves the others free: mailboxes
/// and URIs are permitted in the domains alone. Empty when anything is permitted.
Result<Bytes> encode_name_constraints(const Permitted& permitted);

/// The value of extendedKeyUsage in DER for a CA that signs for servers and clients of TLS, not for
/// mail or programs.
Result<Bytes> encode_tls_purposes();

}  // namespace mitm::tls
