#pragma once

#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm {

/// Writes all of `bytes`, whatever pieces the system takes them in. An error calls the descriptor
/// `name`.
Status write_all(int fd, ByteView bytes, std::string_view name);

/// The same; when it fails, `rest` is what was not written. kCancelled when nobody reads the pipe
/// or socket any more.
Status write_rest(int fd, ByteView& rest, std::string_view name);

}  // namespace mitm
