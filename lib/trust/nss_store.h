#pragma once

#include <vector>

#include "lib/trust/action.h"
#include "lib/trust/store.h"

/// A database of NSS, as browsers have: kept with certutil.
namespace mitm::trust {

/// kUnsupported for a database of another root that names modules, for certutil would run them, or
/// whose files are links.
Result<std::vector<Entry>> read_nss_store(const Store& store, const Run& run);

/// kUnsupported when what is to be changed shares its nickname with another certificate, which
/// certutil might take for it.
Result<std::vector<Action>> plan_nss_install(const Store& store, const std::vector<Entry>& entries,
                                             const Certificate& certificate);
Result<std::vector<Action>> plan_nss_removal(const Store& store, const std::vector<Entry>& entries,
                                             const std::vector<std::string>& fingerprints);

struct Nickname {
  std::string name;
  std::string trust;  ///< "C,,"
  bool operator==(const Nickname&) const = default;
};
/// Whether a pkcs11.txt names a library besides NSS's own, which has no name.
bool names_modules(std::string_view pkcs11);

/// What `certutil -L` prints.
std::vector<Nickname> parse_nicknames(std::string_view listing);

}  // namespace mitm::trust
