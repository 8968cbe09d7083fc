#include "lib/archive/follow_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "lib/archive/writer_lock.h"

namespace mitm::archive {
namespace {

std::unexpected<Error> nothing_yet(const std::string& name) {
  return fail(Code::kAgain, fmt::format("read {}: nothing more has come yet", name));
}

}  // namespace

FollowSource::FollowSource(Fd fd, std::string name, FollowWatch& watch)
    : fd_(std::move(fd)), name_(std::move(name)), watch_(watch) {
  struct stat info{};
  is_file_ = ::fstat(fd_.get(), &info) == 0 && S_ISREG(info.st_mode);
  watch_.add(fd_.get());
}

FollowSource::~FollowSource() { watch_.remove(fd_.get()); }

Result<std::size_t> FollowSource::read(std::span<char> buffer) {
  return is_file_ ? read_file(buffer) : read_pipe(buffer);
}

Result<std::size_t> FollowSource::read_file(std::span<char> buffer) {
  // Asked first: what was written before the lock was given up is read then.
  const bool goes_on = is_being_written(fd_.get());
  while (true) {
    const ssize_t got =
        ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(position_));
    if (got > 0) {
      position_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (got == 0) break;
    if (errno != EINTR) return fail_errno(fmt::format("read {}", name_));
  }
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return fail_errno(fmt::format("stat {}", name_));
  if (static_cast<std::uint64_t>(info.st_size) < position_) {
    return fail(Code::kCorrupt,
                fmt::format("{}: was cut or overwritten while it was read, after byte {}", name_,
                            position_));
  }
  if (goes_on) return nothing_yet(name_);
  return std::size_t{0};
}

Result<std::size_t> FollowSource::read_pipe(std::span<char> buffer) {
  if (!is_ready()) return nothing_yet(name_);
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EAGAIN) return nothing_yet(name_);
    if (errno != EINTR) return fail_errno(fmt::format("read {}", name_));
  }
}

bool FollowSource::is_ready() const {
  if (!is_file_) {
    pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) > 0;
  }
  struct stat info{};
  return ::fstat(fd_.get(), &info) != 0 || static_cast<std::uint64_t>(info.st_size) != position_ ||
         !is_being_written(fd_.get());
}

}  // namespace mitm::archive
