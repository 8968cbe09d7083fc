#pragma once

#include <vector>

#include "lib/trust/action.h"
#include "lib/trust/store.h"

/// A database of NSS, as browsers have: kept with certutil.
namespace mitm::trust {

Result<std::vector<Entry>> read_nss_store(const Store& store, const Run& run);

std::vector<Action> plan_nss_install(const Store& store, const std::vector<Entry>& entries,
                                     const Certificate& certificate);
std::vector<Action> plan_nss_removal(const Store& store, const std::vector<Entry>& entries,
                                     const std::vector<std::string>& fingerprints);

struct Nickname {
  std::string name;
  std::string trust;  ///< "C,,"
  bool operator==(const Nickname&) const = default;
};
/// What `certutil -L` prints.
std::vector<Nickname> parse_nicknames(std::string_view listing);

}  // namespace mitm::trust
