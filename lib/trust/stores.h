#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lib/trust/action.h"
#include "lib/trust/store.h"

/// The same for every kind of store.
namespace mitm::trust {

/// What is in it.
Result<std::vector<Entry>> read_store(const Store& store, const Run& run);

/// What has to be done so that it trusts `certificate`; nothing when it does.
Result<std::vector<Action>> plan_install(const Store& store, const std::vector<Entry>& entries,
                                         const Certificate& certificate);
/// What has to be done so that it has no certificate with one of these fingerprints; nothing when
/// it has none.
Result<std::vector<Action>> plan_removal(const Store& store, const std::vector<Entry>& entries,
                                         const std::vector<std::string>& fingerprints);

/// Whether one with this fingerprint counts there.
bool is_trusted(const std::vector<Entry>& entries, std::string_view sha256);
bool is_there(const std::vector<Entry>& entries, std::string_view sha256);

/// Those that a CA of ours has put in a store, or that was made by one.
bool is_ours(const Entry& entry);

}  // namespace mitm::trust
