#include "lib/trust/certificate.h"

namespace mitm::trust {

std::string store_name(std::string_view sha256) {
  return "mitmkit-" + std::string(sha256.substr(0, 12));
}

std::string store_name(const flow::Certificate& certificate) {
  return store_name(certificate.sha256);
}

}  // namespace mitm::trust
