#include "lib/base/write_all.h"

#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <vector>

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

Status write_gathered(int fd, std::span<const ByteView> pieces, std::uint64_t& written,
                      std::string_view name) {
  std::vector<iovec> left;
  left.reserve(pieces.size());
  for (const ByteView piece : pieces)
    if (!piece.empty()) left.push_back({const_cast<char*>(piece.data()), piece.size()});
  for (std::size_t first = 0; first < left.size();) {
    const std::size_t count = std::min<std::size_t>(left.size() - first, IOV_MAX);
    const ssize_t taken = ::writev(fd, &left[first], static_cast<int>(count));
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) return failed_write(name);
    written += static_cast<std::uint64_t>(taken);
    auto rest = static_cast<std::size_t>(taken);
    for (; first < left.size() && rest >= left[first].iov_len; ++first) rest -= left[first].iov_len;
    if (rest == 0) continue;
    left[first].iov_base = static_cast<char*>(left[first].iov_base) + rest;
    left[first].iov_len -= rest;
  }
  return {};
}

}  // namespace mitm
