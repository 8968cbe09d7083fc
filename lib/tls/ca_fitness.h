#pragma once

#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/tls/ca.h"

namespace mitm::tls {

/// How well a CA that others made will do. An error when no client would take what it signs;
/// otherwise what some of them will object to, one sentence each, none as a rule.
Result<std::vector<std::string>> examine_fitness(const CertificateAuthority& ca,
                                                 const std::string& name);

}  // namespace mitm::tls
