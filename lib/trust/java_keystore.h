#pragma once

#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace mitm::record {

/// The password of Java's own store of certificates, too. It protects nothing.
inline constexpr std::string_view kKeystorePassword = "changeit";

/// A keystore (JKS, which every Java reads) that trusts these certificates, each one in PEM. What
/// is no certificate is left out: Java would refuse the whole store.
Bytes java_keystore(const std::vector<Bytes>& certificates);

}  // namespace mitm::record
