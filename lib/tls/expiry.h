#pragma once

#include <filesystem>
#include <optional>

#include "lib/base/error.h"
#include "lib/base/time.h"

namespace mitm::tls {

/// What to tell people about a CA that ends at `not_after`: nothing while that is more than 30 days
/// away. The hint is the command for the CA in `home` that mends it.
std::optional<Error> expiry_warning(Time not_after, Time now, const std::filesystem::path& home);

}  // namespace mitm::tls
