#include "lib/tls/key_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "lib/base/write_all.h"

namespace mitm::tls {

Result<std::shared_ptr<KeyLog>> KeyLog::open(const std::filesystem::path& path) {
  // A pipe that nobody reads must not hold up anything.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd fd(::open(path.c_str(), kFlags, 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  return std::shared_ptr<KeyLog>(new KeyLog(std::move(fd), path));
}

/// In one piece, because the peer of the connection may log to the same file.
void KeyLog::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!status_) return;
  status_ = write_all(fd_.get(), fmt::format("{}\n", line), path_.string());
}

Status KeyLog::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace mitm::tls
