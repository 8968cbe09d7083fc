#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/display.h"
#include "lib/base/ip.h"

namespace mitm::tls {

/// `host` as a dNSName that every verifier takes: lower case, no trailing dot, letters, digits,
/// '-' and '_' in labels of at most 63, at most 253 in all, "*." in front allowed. Nothing
/// otherwise.
std::optional<std::string> normalise_dns(std::string_view host);

/// The names of a certificate, each once, in the order in which they were added.
class NameSet {
 public:
  /// No leaf needs more, and a hostile original could carry thousands.
  static constexpr std::size_t kMaxNames = 500;

  /// Adds a host name or numeric address; false when it is neither or the set is full.
  bool add(std::string_view host);
  [[nodiscard]] bool empty() const { return dns_.empty() && ips_.empty(); }
  [[nodiscard]] const std::vector<std::string>& dns() const { return dns_; }
  [[nodiscard]] const std::vector<Bytes>& ips() const { return ips_; }

 private:
  bool insert(std::vector<std::string>& list, std::string name);

  std::vector<std::string> dns_;
  std::vector<Bytes> ips_;
};

}  // namespace mitm::tls
