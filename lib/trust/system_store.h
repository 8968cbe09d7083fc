#pragma once

#include <vector>

#include "lib/trust/action.h"
#include "lib/trust/store.h"

/// The store of a distribution: a directory of files, and a command that makes them count.
namespace mitm::trust {

/// Those in the directory, which count when the bundle has them too, and then what only the bundle
/// has.
Result<std::vector<Entry>> read_system_store(const Store& store);

std::vector<Action> plan_system_install(const Store& store, const std::vector<Entry>& entries,
                                        const Certificate& certificate);
std::vector<Action> plan_system_removal(const Store& store, const std::vector<Entry>& entries,
                                        const std::vector<std::string>& fingerprints);

}  // namespace mitm::trust
