#pragma once

#include <cstdint>
#include <filesystem>

#include "lib/base/error.h"

namespace mitm::archive {

/// Copies what `fd` holds from `begin` to its end to a new file beside `path`, and makes that
/// survive a power loss: PATH.torn or, where an earlier one is, PATH.torn.1 and so on; mode 0600.
/// Returns its path. After a failure there is none.
Result<std::filesystem::path> keep_torn_end(int fd, std::uint64_t begin,
                                            const std::filesystem::path& path);

}  // namespace mitm::archive
