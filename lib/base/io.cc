#include "lib/base/io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

#include "lib/base/ascii.h"
#include "lib/base/pending_signal.h"
#include "lib/base/write_all.h"

namespace mitm {
namespace {

constexpr std::string_view kTemporary = ".XXXXXX";  // for mkostemp()

/// link(2) refuses to replace an existing name, which rename(2) does not.
Status move_into_place(const std::string& from, const std::filesystem::path& to,
                       IfExists if_exists) {
  if (if_exists == IfExists::kReplace) {
    if (::rename(from.c_str(), to.c_str()) == 0) return {};
    const int err = errno;
    ::unlink(from.c_str());
    return fail_errno(fmt::format("rename {} to {}", from, to.string()), err);
  }
  const int linked = ::link(from.c_str(), to.c_str());
  const int err = errno;
  ::unlink(from.c_str());
  if (linked == 0) return {};
  return fail_errno(fmt::format("create {}", to.string()), err);
}

}  // namespace

Status sync_directory(const std::filesystem::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems have nothing to sync.
  if (fd.is_open() && (::fsync(fd.get()) == 0 || errno == EINVAL || errno == EROFS)) return {};
  return fail_errno(fmt::format("sync {}", directory.string()));
}

Status FdSink::write(ByteView bytes) {
  ByteView rest = bytes;
  Status status = write_rest(fd_.get(), rest, name_);
  written_ += bytes.size() - rest.size();
  return status;
}

Status FdSink::sync() {
  // Pipes and terminals cannot be synced and need not be.
  if (::fdatasync(fd_.get()) == 0 || errno == EINVAL || errno == EROFS) return {};
  return fail_errno(fmt::format("sync {}", name_));
}

Status FdSink::close() {
  // On Linux the descriptor is gone even when close reports EINTR.
  if (::close(fd_.release()) == 0 || errno == EINTR) return {};
  return fail_errno(fmt::format("close {}", name_));
}

Result<std::size_t> FdSource::read(std::span<char> buffer) {
  while (true) {
    const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail_errno(fmt::format("read {}", name_));
  }
}

bool FdSource::is_ready() const {
  pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) != 0;
}

int flag_of(Links links) { return links == Links::kRefuse ? O_NOFOLLOW : 0; }

Result<Fd> open_for_reading(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(fmt::format("stat {}", path.string()));
  if (S_ISDIR(info.st_mode)) return fail_errno(fmt::format("open {}", path.string()), EISDIR);
  return fd;
}

Result<Fd> open_regular_file(const std::filesystem::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return fail_errno(fmt::format("stat {}", path.string()));
  if (S_ISREG(info.st_mode)) return fd;
  return fail(Code::kIo, fmt::format("{}: not a regular file", path.string()));
}

Result<Bytes> read_all(ByteSource& source, const std::string& name, std::size_t limit) {
  Bytes content;
  char buffer[16384];
  while (true) {
    auto got = source.read(buffer);
    if (!got) return std::unexpected(std::move(got).error());
    if (*got == 0) return content;
    content.append(buffer, *got);
    if (content.size() > limit) {
      return fail(Code::kLimit, fmt::format("read {}: larger than {} bytes", name, limit));
    }
  }
}

namespace {

/// The writer of a pipe is waited for, as open(2) would, but not against a signal.
Result<Fd> open_patiently(const std::filesystem::path& path) {
  constexpr int kRetry = 50;  // milliseconds
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0 || !S_ISFIFO(info.st_mode)) return open_for_reading(path);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  pollfd waiting{.fd = fd.get(), .events = POLLIN, .revents = 0};
  while (::poll(&waiting, 1, kRetry) <= 0) {
    if (pending_signal({SIGINT, SIGTERM, SIGHUP, SIGQUIT}))
      return fail(Code::kCancelled, fmt::format("{}: nobody wrote it", path.string()));
  }
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return fd;
}

}  // namespace

Result<Bytes> read_file(const std::filesystem::path& path, std::size_t limit) {
  auto fd = open_patiently(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  FdSource source(*std::move(fd), path.string());
  return read_all(source, path.string(), limit);
}

Result<Bytes> read_regular_file(const std::filesystem::path& path, std::size_t limit) {
  auto fd = open_regular_file(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  FdSource source(*std::move(fd), path.string());
  return read_all(source, path.string(), limit);
}

Status write_file_atomically(const std::filesystem::path& path, ByteView content, unsigned mode,
                             IfExists if_exists) {
  std::string temporary = path.string() + std::string(kTemporary);
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // created with mode 0600
  if (!fd.is_open()) return fail_errno(fmt::format("create {}", path.string()));
  if (::fchmod(fd.get(), mode) != 0) {
    const int err = errno;
    ::unlink(temporary.c_str());
    return fail_errno(fmt::format("chmod {}", temporary), err);
  }
  FdSink sink(std::move(fd), path.string());
  Status written = sink.write(content);
  if (written) written = sink.sync();
  if (Status closed = sink.close(); written && !closed) written = std::move(closed);
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  MITM_TRY(move_into_place(temporary, path, if_exists));
  return sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

std::string_view unfinished_target(std::string_view name) {
  const auto is_alphanumeric = [](char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
  };
  const auto dot = name.size() - std::min(name.size(), kTemporary.size());
  if (dot == 0 || name[dot] != '.' || !std::ranges::all_of(name.substr(dot + 1), is_alphanumeric))
    return {};
  return name.substr(0, dot);
}

}  // namespace mitm
