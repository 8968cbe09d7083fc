#include "lib/tls/key_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include "lib/base/write_all.h"

namespace mitm::tls {

namespace {

Result<Fd> open_file(const std::filesystem::path& path, Links links) {
  // A pipe that nobody reads must not hold up anything.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd fd(::open(path.c_str(), kFlags | flag_of(links), 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  return fd;
}

}  // namespace

Result<std::shared_ptr<KeyLog>> KeyLog::open(const std::filesystem::path& path, Links links) {
  auto fd = open_file(path, links);
  if (!fd) return std::unexpected(std::move(fd).error());
  return std::shared_ptr<KeyLog>(new KeyLog(*std::move(fd), path, links));
}

Status KeyLog::reopen() {
  auto fd = open_file(path_, links_);
  if (!fd) return std::unexpected(std::move(fd).error());
  const std::lock_guard lock(mutex_);
  fd_ = *std::move(fd);
  failed_ = false;
  return {};
}

/// In one piece, because the peer of the connection may log to the same file.
void KeyLog::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (failed_) return;
  Status written = write_all(fd_.get(), fmt::format("{}\n", line), path_.string());
  failed_ = !written;
  if (status_) status_ = std::move(written);
}

Status KeyLog::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace mitm::tls
