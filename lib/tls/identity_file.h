#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/tls/leaf.h"
#include "lib/tls/passphrase.h"

namespace mitm::tls {

/// A private key with whatever certificates lay beside it, in the order of the file.
struct KeyAndCertificates {
  PkeyPtr key;  ///< never null
  std::vector<X509Ptr> certificates;
};

/// From PEM in any order, or PKCS #12. An empty password is tried first; then `ask` is asked.
/// `name` is what errors call the source.
Result<KeyAndCertificates> read_key_and_certificates(ByteView content, const std::string& name,
                                                     const AskPassphrase& ask = {});

/// A certificate that the user brings, with its key and the certificates of its issuers, if they
/// are there: PEM in any order, or PKCS #12 (RFC 7292) without a password. Errors name the file.
Result<std::shared_ptr<const Leaf>> load_identity(const std::filesystem::path& path);

}  // namespace mitm::tls
