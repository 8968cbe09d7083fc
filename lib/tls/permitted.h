#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

/// What a CA may sign certificates for: these domains with all below them, and these networks.
/// Empty: anything.
struct Permitted {
  struct Network {
    Bytes address;  ///< 4 or 16 octets
    Bytes mask;     ///< as many
    bool operator==(const Network&) const = default;
  };

  std::vector<std::string> domains = {};
  std::vector<Network> networks = {};

  [[nodiscard]] bool empty() const { return domains.empty() && networks.empty(); }
  [[nodiscard]] bool allows(std::string_view host) const;
  bool operator==(const Permitted&) const = default;
};

/// Of "example.com", "192.0.2.1" or "10.0.0.0/8", as people write them. kUsage with a hint for
/// URLs, wildcards and ports.
Result<Permitted> parse_permitted(std::span<const std::string> words);

/// As words, in the same notation.
std::vector<std::string> describe(const Permitted& permitted);

/// nameConstraints, critical (RFC 5280, section 4.2.1.10). What `permitted` does not mention is
/// excluded, since a constraint of one kind of name leaves the others free. False: see
/// x509_build.h.
bool add_name_constraints(x509_st* certificate, const Permitted& permitted);

/// What a certificate's nameConstraints permit; of others' constraints only this much is read.
Permitted permitted_by(const x509_st* certificate);

}  // namespace mitm::tls
