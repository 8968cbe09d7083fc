#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/time.h"
#include "lib/cli/diagnostics.h"
#include "lib/trust/bundles.h"

/// `trust/` in the home directory: what the variables name that env prints.
namespace mitm::ca {

/// What is to be trusted: the CA of `home` and those that it replaced, while they last; but for
/// those with the fingerprints `without`. Empty where there is no CA.
Result<Bytes> trusted_pem(const std::filesystem::path& home, Time now,
                          const std::vector<std::string>& without = {});

/// For Bundles, with this process's environment and files.
trust::BundlesGiven bundles_given(const std::filesystem::path& home);

/// Makes the folder where there is none, and keeps other processes out of it until the descriptor
/// is closed. Taken before it is looked what is trusted, so that nobody hands out an older state.
/// Refuses a folder that others can write.
Result<Fd> lock_trust_folder(const std::filesystem::path& home);

/// Writes them, and takes out what no shell was told to use for 30 days. Requires: its lock.
Status hand_out(const std::vector<trust::BundleFile>& files, const std::filesystem::path& home);

/// Brings what shells were told to use up to date, after the CA changed; takes the lock. What they
/// lose by that are warnings.
Status refresh_trust_folder(const std::filesystem::path& home, Time now,
                            const cli::Diagnostics& diagnostics,
                            const std::vector<std::string>& without = {});

}  // namespace mitm::ca
