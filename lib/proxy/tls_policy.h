#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "lib/proxy/whereabouts.h"
#include "lib/tls/leaf.h"
#include "lib/tls/name_constraints.h"

namespace mitm::proxy {

/// Certificates that the user brings, each for some hosts.
class Identities {
 public:
  /// `hosts`: nullopt for all. `identity`: null for no certificate.
  void add(std::optional<HostPattern> hosts, std::shared_ptr<const tls::Leaf> identity);
  /// The first one that was added for them; null: none, or no certificate.
  [[nodiscard]] std::shared_ptr<const tls::Leaf> find(const Whereabouts& where) const;
  /// Whether one was, also if that was no certificate.
  [[nodiscard]] bool decides(const Whereabouts& where) const { return entry(where) != nullptr; }

 private:
  struct Entry {
    std::optional<HostPattern> hosts;
    std::shared_ptr<const tls::Leaf> identity;
  };
  [[nodiscard]] const Entry* entry(const Whereabouts& where) const;

  std::vector<Entry> entries_;
};

/// What the user decided about the TLS of hosts. Never changes while the proxy runs.
struct TlsPolicy {
  HostPatterns pass;      ///< relayed unopened
  HostPatterns only;      ///< all others are; empty: no others
  HostPatterns insecure;  ///< their certificates are taken as they are
  Identities towards_servers;
  Identities towards_clients;     ///< shown in place of a leaf
  tls::NameConstraints signable;  ///< for all other hosts the CA's leaves would be refused

  [[nodiscard]] bool passes(const Whereabouts& where) const;
};

}  // namespace mitm::proxy
