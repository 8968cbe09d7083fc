#pragma once

#include <vector>

#include "lib/trust/action.h"
#include "lib/trust/store.h"

/// A keystore of Java: JKS, which is edited here, or PKCS #12, which keytool keeps.
namespace mitm::trust {

Result<std::vector<Entry>> read_java_store(const Store& store, const Run& run);

Result<std::vector<Action>> plan_java_install(const Store& store, const std::vector<Entry>& entries,
                                              const Certificate& certificate);
Result<std::vector<Action>> plan_java_removal(const Store& store, const std::vector<Entry>& entries,
                                              const std::vector<std::string>& fingerprints);

/// What `keytool -list` prints.
std::vector<Entry> parse_keytool_list(std::string_view listing);

}  // namespace mitm::trust
