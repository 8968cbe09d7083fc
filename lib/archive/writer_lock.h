#pragma once

#include <string>

#include "lib/base/error.h"

namespace mitm::archive {

/// Makes the regular file `fd` ours until its last descriptor is closed; fails when another writer
/// has it. So a reader too can learn whether somebody still writes. `name` is what errors call it.
Status lock_for_writing(int fd, const std::string& name);

}  // namespace mitm::archive
