#pragma once

#include <filesystem>
#include <vector>

#include "lib/tls/ca_store.h"

/// The certificates of CAs that were replaced and are still to be trusted: `former/FINGERPRINT.pem`
/// in the home directory. Their keys are gone.
namespace mitm::tls {

/// Keeps `certificate`. Nothing happens when it is there already.
Status keep_former(const CaCertificate& certificate, const std::filesystem::path& home);

/// Those that are there, the youngest first. Refuses a directory or file that others can write, or
/// that belongs to another user; what is no certificate is passed over.
Result<std::vector<CaCertificate>> load_former(const std::filesystem::path& home);

/// Forgets one.
Status forget_former(const CaCertificate& certificate, const std::filesystem::path& home);

}  // namespace mitm::tls
