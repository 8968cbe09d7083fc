#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "lib/base/error.h"
#include "lib/base/fd.h"

/// Keeps processes apart that write into the CA's home directory.
namespace mitm::tls {

enum class IfMissing : std::uint8_t { kCreate, kFail };

/// Waits until no other process holds `directory`'s lock, the file `.lock` in it; it is held until
/// the descriptor is closed, so also when the process dies. Whoever needs the home's and that of
/// its trust/ takes the latter first.
Result<Fd> lock_directory(const std::filesystem::path& directory, IfMissing if_missing);

/// Makes `home` and what is missing above it, for its owner alone whatever the umask is. Refuses
/// what check_home() does.
Status make_home(const std::filesystem::path& home);

/// Removes what write_file_atomically() left in `directory` of runs that were killed while they
/// wrote files whose names `is_written` knows. Requires: a lock that everybody takes who writes
/// them.
void sweep(const std::filesystem::path& directory,
           const std::function<bool(std::string_view name)>& is_written);

}  // namespace mitm::tls
