#include "lib/cli/output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace mitm::cli {
namespace {

constexpr std::size_t kBufferSize = 64 * 1024;

/// Whoever shares our terminal or pipe may have made it non-blocking.
void wait_until_writable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLOUT, .revents = 0};
  ::poll(&waiting, 1, -1);
}

}  // namespace

Error output_closed() {
  return {Code::kCancelled, "write standard output: nobody reads it any more"};
}

Status Output::write(ByteView bytes) {
  if (pending_.size() + bytes.size() > kBufferSize) MITM_TRY(flush());
  if (bytes.size() >= kBufferSize) return write_through(bytes);
  pending_ += bytes;
  return {};
}

Status Output::flush() {
  Status written = write_through(pending_);
  pending_.clear();
  return written;
}

Status Output::check() const {
  pollfd writing{.fd = fd_, .events = 0, .revents = 0};
  const bool broken = ::poll(&writing, 1, 0) > 0 && (writing.revents & POLLERR) != 0;
  return broken ? std::unexpected(output_closed()) : Status{};
}

Status Output::write_through(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_until_writable(fd_);
    } else if (errno == EPIPE) {
      return std::unexpected(output_closed());
    } else if (errno != EINTR) {
      return fail_errno("write standard output");
    }
  }
  return {};
}

}  // namespace mitm::cli
