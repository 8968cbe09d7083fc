#pragma once

#include <vector>

#include "lib/base/bytes.h"

namespace mitm::trust {

/// A keystore (JKS, which every Java reads) that trusts these certificates, each one in PEM. What
/// is no certificate is left out: Java would refuse the whole store. Making it ourselves saves a
/// second of keytool and works where only an application's private JVM is installed.
Bytes java_keystore(const std::vector<Bytes>& certificates);

}  // namespace mitm::trust
