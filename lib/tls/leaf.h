#pragma once

#include <memory>
#include <string>

#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/key.h"

namespace mitm::tls {

/// Which certificate a client should be shown.
struct LeafRequest {
  std::string host;  ///< SNI or CONNECT host, a name or a numeric address; may be empty
  /// What the server presented; its names are taken over. May be null: only `host` counts then.
  std::shared_ptr<const flow::CertificateChain> original;
  KeyType key = KeyType::kEc;  ///< kRsa for clients that take no ECDSA
};

/// A certificate that our CA signed, with its key. Never changes, so any thread may use it.
class Leaf {
 public:
  Leaf(X509Ptr certificate, PkeyPtr key);

  /// What a client gets to see: the leaf alone, for it must have the CA already.
  [[nodiscard]] const std::shared_ptr<const flow::CertificateChain>& chain() const {
    return chain_;
  }
  [[nodiscard]] const flow::Certificate& facts() const { return chain_->certificates.front(); }
  [[nodiscard]] bool is_valid_at(Time now) const;

  [[nodiscard]] x509_st* certificate() const { return certificate_.get(); }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }

 private:
  X509Ptr certificate_;
  PkeyPtr key_;
  std::shared_ptr<const flow::CertificateChain> chain_;
};

}  // namespace mitm::tls
