#include "lib/base/write_all.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace mitm {
namespace {

std::unexpected<Error> failed_write(std::string_view name) {
  if (errno == EPIPE)
    return fail(Code::kCancelled, fmt::format("write {}: nobody reads it any more", name));
  return fail_errno(fmt::format("write {}", name));
}

}  // namespace

Status write_all(int fd, ByteView bytes, std::string_view name) {
  return write_rest(fd, bytes, name);
}

Status write_rest(int fd, ByteView& rest, std::string_view name) {
  while (!rest.empty()) {
    const ssize_t written = ::write(fd, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      return failed_write(name);
    }
  }
  return {};
}

}  // namespace mitm
