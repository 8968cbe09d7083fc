#include "cmd/mitm-record/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <system_error>

namespace mitm::record {

Result<std::optional<OutputFile>> OutputFile::of(const ByteSink& sink) {
  struct stat info{};
  const int fd = sink.descriptor();
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return fail_errno("duplicate a descriptor");
  return OutputFile(std::move(copy));
}

bool OutputFile::is_at(const std::filesystem::path& path) const {
  struct stat ours{};
  struct stat there{};
  return ::fstat(fd_.get(), &ours) == 0 && ::stat(path.c_str(), &there) == 0 &&
         ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

std::optional<std::string> OutputFile::name(const std::string& path) const {
  if (is_at(path)) return path;
  std::error_code error;
  const auto now = std::filesystem::read_symlink(fmt::format("/proc/self/fd/{}", fd_.get()), error);
  if (error || !is_at(now)) return std::nullopt;
  return now.string();
}

}  // namespace mitm::record
