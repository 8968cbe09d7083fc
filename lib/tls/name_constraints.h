#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

struct x509_st;

namespace mitm::tls {

/// Which names a CA may certify (RFC 5280, section 4.2.1.10). A certificate that has any other is
/// refused as a whole.
class NameConstraints {
 public:
  NameConstraints() = default;
  /// Those of `ca` itself; when it has none, everything is permitted.
  explicit NameConstraints(const x509_st* ca);

  /// For a host name, also "*.example.com", or a numeric address; other texts are permitted.
  [[nodiscard]] bool permit(std::string_view host) const;
  /// Whether they say anything about subjects. What, is not looked into: an empty one is permitted.
  [[nodiscard]] bool restrict_subjects() const { return restrict_subjects_; }

 private:
  struct Trees {
    std::vector<std::string> dns;  ///< names in lower case, which stand for all below them as well
    std::vector<Bytes> ips;        ///< addresses, each followed by its mask
  };

  [[nodiscard]] bool permit_dns(std::string_view name) const;
  [[nodiscard]] bool permit_ip(ByteView address) const;

  Trees permitted_;  // of a kind that is not there all are permitted
  Trees excluded_;
  bool restrict_subjects_ = false;
  bool permit_all_ = true;
};

}  // namespace mitm::tls
