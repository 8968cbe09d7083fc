#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/trust/bundles.h"

/// `trust/` in the home directory: what the variables name that env prints.
namespace mitm::ca {

/// What is to be trusted: the CA of `home` and those that it replaced, while they last; but for
/// those with the fingerprints `without`. Empty where there is no CA.
Result<Bytes> trusted_pem(const std::filesystem::path& home, Time now,
                          const std::vector<std::string>& without = {});

/// For Bundles, with this process's environment and files.
trust::BundlesGiven bundles_given(const std::filesystem::path& home);

/// Writes them, and takes out what no shell was told to use for 30 days. Refuses a folder that
/// others can write.
Status hand_out(const std::vector<trust::BundleFile>& files, const std::filesystem::path& home);

/// Brings what shells were told to use up to date, after the CA changed.
Status refresh_trust_folder(const std::filesystem::path& home, Time now,
                            const std::vector<std::string>& without = {});

}  // namespace mitm::ca
