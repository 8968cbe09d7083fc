#pragma once

#include <cstddef>
#include <unordered_set>
#include <vector>

#include "lib/base/bytes.h"

namespace mitm::trust {

/// Certificates in PEM, each once, in the order in which they came.
class CertificateBundle {
 public:
  /// Takes the certificates of `pem` and nothing else of it, keys least of all. Returns how many
  /// there were, those included that were known.
  std::size_t add(ByteView pem);

  [[nodiscard]] const std::vector<Bytes>& certificates() const { return certificates_; }
  [[nodiscard]] Bytes pem() const;

 private:
  std::vector<Bytes> certificates_;
  std::unordered_set<Bytes> known_;
};

}  // namespace mitm::trust
