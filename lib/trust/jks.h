#pragma once

#include <string>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// Java's own format of keystores (JKS). Certificates are put in and taken out octet by octet, so
/// that everything else stays as it was; keytool writes the whole file anew, in another order.
namespace mitm::trust {

/// The password of Java's own store of certificates, too. It protects nothing.
inline constexpr std::string_view kKeystorePassword = "changeit";

struct JksEntry {
  std::string alias;
  Bytes der;  ///< the certificate; of an entry with a private key that of the key
  std::size_t begin = 0;
  std::size_t end = 0;  ///< where it stands in the file
};

bool is_jks(ByteView keystore);

/// kCorrupt when it is damaged, kUnsupported when it has another password than changeit.
Result<std::vector<JksEntry>> read_jks(ByteView keystore);

/// `keystore`, which must be readable, with a trusted certificate at its end.
Bytes jks_with(ByteView keystore, std::string_view alias, ByteView der);
/// `keystore` without this entry, which read_jks() found in it.
Bytes jks_without(ByteView keystore, const JksEntry& entry);

/// A new one with these, in DER.
struct TrustedCertificate {
  std::string alias;
  Bytes der;
};
Bytes make_jks(const std::vector<TrustedCertificate>& certificates);

}  // namespace mitm::trust
