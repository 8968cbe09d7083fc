#pragma once

#include <cstdint>

#include "lib/base/error.h"
#include "lib/tls/handles.h"

namespace mitm::tls {

enum class KeyType : std::uint8_t { kEc, kRsa };

/// A new private key: P-256 for kEc, else RSA with `rsa_bits`, which takes about a second for 3072.
Result<PkeyPtr> generate_key(KeyType type, int rsa_bits);

}  // namespace mitm::tls
