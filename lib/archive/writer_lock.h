#pragma once

#include <filesystem>
#include <string>

#include "lib/base/error.h"

namespace mitm::archive {

/// Makes the regular file `fd` ours until its last descriptor is closed; fails when another writer
/// has it. So a reader too can learn whether somebody still writes. `name` is what errors call it.
Status lock_for_writing(int fd, const std::string& name);

/// Whether somebody else has locked the file for writing.
bool is_being_written(int fd);
/// The same of a file by its name, or of stdin for "-"; false when it cannot be opened or is not a
/// regular file.
bool is_being_written(const std::filesystem::path& path);

}  // namespace mitm::archive
