#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/flow/facts.h"
#include "lib/tls/handles.h"
#include "lib/tls/key.h"

struct stack_st_X509;

namespace mitm::tls {

/// Which certificate a client should be shown.
struct LeafRequest {
  std::string host;  ///< SNI or CONNECT host, a name or a numeric address; may be empty
  /// What the server presented; its names are taken over. May be null: only the others
  /// count then.
  std::shared_ptr<const flow::CertificateChain> original;
  KeyType key = KeyType::kEc;             ///< kRsa for clients that take no ECDSA
  std::vector<std::string> besides = {};  ///< further names and numeric addresses
};

/// A certificate with its key: one that our CA signed, or one that the user brought. Never changes,
/// so any thread may use it.
class Leaf {
 public:
  /// `issuers` are sent with it, in that order.
  Leaf(X509Ptr certificate, PkeyPtr key, std::vector<X509Ptr> issuers = {});

  /// What a peer gets to see. Of one that our CA signed that is the leaf alone, for a client must
  /// have the CA already.
  [[nodiscard]] const std::shared_ptr<const flow::CertificateChain>& chain() const {
    return chain_;
  }
  [[nodiscard]] const flow::Certificate& facts() const { return chain_->certificates.front(); }
  [[nodiscard]] bool is_valid_at(Time now) const;

  [[nodiscard]] x509_st* certificate() const { return certificate_.get(); }
  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  /// Makes it the certificate that `ssl` presents.
  [[nodiscard]] Status present(ssl_st* ssl) const;

 private:
  struct FreeStack {
    void operator()(stack_st_X509* stack) const;
  };

  X509Ptr certificate_;
  PkeyPtr key_;
  std::unique_ptr<stack_st_X509, FreeStack> issuers_;  // null: none
  std::shared_ptr<const flow::CertificateChain> chain_;
};

}  // namespace mitm::tls
