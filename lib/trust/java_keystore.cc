#include "lib/trust/java_keystore.h"

#include <fmt/format.h>

#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "lib/trust/jks.h"

namespace mitm::trust {

Bytes java_keystore(const std::vector<Bytes>& certificates) {
  std::vector<TrustedCertificate> trusted;
  for (const Bytes& pem : certificates) {
    const auto parsed = tls::certificates_from_pem(pem, "certificate");
    if (!parsed || parsed->empty()) continue;
    trusted.push_back({fmt::format("trusted-{}", trusted.size() + 1),
                       tls::certificate_der(parsed->front().get())});
  }
  return make_jks(trusted);
}

}  // namespace mitm::trust
