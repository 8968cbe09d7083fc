#pragma once

#include <cstdint>
#include <span>
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

/// All of `pieces`, one after the other, with writev(2). Adds to `written` what was written, also
/// where it fails.
Status write_gathered(int fd, std::span<const ByteView> pieces, std::uint64_t& written,
                      std::string_view name);

}  // namespace mitm
