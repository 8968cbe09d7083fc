#pragma once

#include <filesystem>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm::ca {

Status write_to_stdout(ByteView content);

/// Writes what anybody may read. A file that exists is replaced, unless it is the CA itself; a
/// device or pipe is written to.
Status write_public_file(const std::filesystem::path& path, const std::filesystem::path& home,
                         ByteView content);

/// kUsage when standard output is a terminal, for binary data. `what` begins the message.
Status refuse_terminal(const char* what);

}  // namespace mitm::ca
