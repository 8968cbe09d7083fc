#include "lib/base/write_all.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace mitm {

Status write_all(int fd, ByteView bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return fail_errno(fmt::format("write {}", name));
    }
  }
  return {};
}

}  // namespace mitm
