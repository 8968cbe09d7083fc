#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::ca {

/// A certificate and its private key, as two files.
struct PairFiles {
  std::string key_path;
  std::string certificate_path;
};

/// Writes both, the key with mode 0600. A certificate never lies beside a key that is not its own:
/// of a pair that is replaced the certificate goes first and the new one comes last, so that after
/// a crash there is a key alone. With kFail, either file's existence is an error, and nothing
/// changes.
Status write_pair(const PairFiles& files, ByteView key, ByteView certificates, IfExists if_exists);

}  // namespace mitm::ca
