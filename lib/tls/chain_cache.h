#pragma once

#include <memory>
#include <vector>

#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/lru.h"

namespace mitm::tls {

/// The facts of chains that servers presented lately, so that each is examined once. Any thread.
class ChainCache {
 public:
  static constexpr std::size_t kBound = 1024;

  std::shared_ptr<const flow::CertificateChain> get(
      const std::vector<const x509_st*>& certificates);

 private:
  LruCache<std::shared_ptr<const flow::CertificateChain>> chains_{kBound};
};

}  // namespace mitm::tls
