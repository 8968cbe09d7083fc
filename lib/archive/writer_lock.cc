#include "lib/archive/writer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace mitm::archive {

Status lock_for_writing(int fd, const std::string& name) {
  struct flock whole{};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(fd, F_OFD_SETLK, &whole) == 0) return {};
  if (errno == EAGAIN || errno == EACCES) {
    return fail(Code::kIo, fmt::format("{}: in use by another mitm-record", name));
  }
  return fail_errno(fmt::format("lock {}", name));
}

}  // namespace mitm::archive
