#pragma once

#include <filesystem>
#include <memory>

#include "lib/base/error.h"
#include "lib/tls/leaf.h"

namespace mitm::tls {

/// A certificate that the user brings, with its key and the certificates of its issuers, if they
/// are there: PEM in any order, or PKCS #12 (RFC 7292) without a password. Errors name the file.
Result<std::shared_ptr<const Leaf>> load_identity(const std::filesystem::path& path);

}  // namespace mitm::tls
