#pragma once

#include <filesystem>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/time.h"
#include "lib/tls/ca_path.h"

namespace mitm::tls {

/// What to tell people about a CA whose certificates are valid so long: nothing while the first of
/// them to end is more than 30 days away. The hint is the command for the CA in `home` that mends
/// it.
std::optional<Error> expiry_warning(const CaValidity& validity, Time now,
                                    const std::filesystem::path& home);

}  // namespace mitm::tls
