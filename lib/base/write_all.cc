#include "lib/base/write_all.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace mitm {

Status write_all(int fd, ByteView bytes, std::string_view name) {
  return write_rest(fd, bytes, name);
}

Status write_rest(int fd, ByteView& rest, std::string_view name) {
  while (!rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      return fail(Code::kCancelled, fmt::format("write {}: nobody reads it any more", name));
    } else if (errno != EINTR) {
      return fail_errno(fmt::format("write {}", name));
    }
  }
  return {};
}

}  // namespace mitm
