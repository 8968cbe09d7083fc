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
  explicit NameConstraints(const x509_st* ca) { add(ca); }

  /// Those of another certificate on the path: what one of them forbids is forbidden.
  void add(const x509_st* ca);

  /// Whether there are none.
  [[nodiscard]] bool permit_all() const { return certificates_.empty(); }
  /// For a host name, also "*.example.com", or a numeric address; other texts are permitted.
  [[nodiscard]] bool permit(std::string_view host) const;
  [[nodiscard]] bool permit_email(std::string_view address) const;
  /// For a common name, which OpenSSL takes for a host name where no alternative name is one, even
  /// when it is an address.
  [[nodiscard]] bool permit_common_name(std::string_view text) const;
  /// Whether they say anything about subjects. What, is not looked into: an empty one is permitted.
  [[nodiscard]] bool restrict_subjects() const;

  /// Why they cannot be understood, so that they permit nothing: "have …"; empty: they can.
  [[nodiscard]] std::string objection() const;

  /// In the notation of --permit, "a.example, 10.0.0.0/8, not b.a.example"; empty: everything.
  [[nodiscard]] std::string describe() const;
  /// A host name or address that they permit, where there is one: localhost or 127.0.0.1 rather
  /// than another.
  [[nodiscard]] std::string example() const;

  bool operator==(const NameConstraints&) const = default;

 private:
  struct Trees {
    std::vector<std::string> dns;  ///< names in lower case, which stand for all below them as well
    std::vector<Bytes> ips;        ///< addresses, each followed by its mask
    std::vector<std::string> emails;  ///< mailboxes, hosts, or with a dot in front what is below
    bool operator==(const Trees&) const = default;
  };
  struct OfCertificate {
    Trees permitted;  // of a kind that is not there all are permitted
    Trees excluded;
    bool restrict_subjects = false;
    std::string objection;  ///< not empty: nobody can tell what it may sign, which is nothing then
    bool operator==(const OfCertificate&) const = default;
  };

  static bool permit_dns(const OfCertificate& given, std::string_view name);
  static bool permit_ip(const OfCertificate& given, ByteView address);
  static bool permit_email(const OfCertificate& given, std::string_view address);
  static std::string describe(const OfCertificate& given);

  std::vector<OfCertificate> certificates_;  // each different from the others
};

}  // namespace mitm::tls
