#include "lib/archive/writer_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "lib/base/io.h"

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

bool is_being_written(int fd) {
  struct flock lock{};
  lock.l_type = F_RDLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type == F_WRLCK;
}

bool is_being_written(const std::filesystem::path& path) {
  if (path == "-") return is_being_written(STDIN_FILENO);
  // To open a pipe would give its writer a reader.
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  const auto fd = open_regular_file(path);
  return fd && is_being_written(fd->get());
}

}  // namespace mitm::archive
