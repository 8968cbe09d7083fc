#pragma once

#include <functional>
#include <string>

#include "cmd/mitm-ca/store_choice.h"
#include "lib/cli/diagnostics.h"
#include "lib/cli/output.h"

namespace mitm::ca {

/// A change of one store: what has to be done to what is there, and how to tell that it worked.
struct Change {
  std::string done;     ///< "installed"
  std::string nothing;  ///< "was there"
  std::function<Result<std::vector<trust::Action>>(const trust::Store&,
                                                   const std::vector<trust::Entry>&)>
      plan;
  /// Nothing when the store is as it should be; otherwise what is wrong with it.
  std::function<std::string(const std::vector<trust::Entry>&)> complaint;
  /// What takes back half of a change that failed: given what was there before and is there now.
  std::function<Result<std::vector<trust::Action>>(const trust::Store&,
                                                   const std::vector<trust::Entry>& before,
                                                   const std::vector<trust::Entry>& now)>
      undo = {};
};

/// Changes each store, or with --dry-run prints what would be done. A store that fails is told and
/// does not stop the others. Returns the exit status.
Result<int> change_stores(const cli::ParsedOptions& options, const std::vector<Sight>& sights,
                          const Change& change, const cli::Diagnostics& diagnostics);

/// Makes a store trust `certificate`.
Change installation(const trust::Certificate& certificate);
/// Takes every certificate with one of these fingerprints out.
Change removal(const std::vector<std::string>& fingerprints);

}  // namespace mitm::ca
