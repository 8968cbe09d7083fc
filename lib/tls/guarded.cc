#include "lib/tls/guarded.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/base/shell_word.h"

namespace mitm::tls {
namespace {

namespace fs = std::filesystem;

/// Whoever else owned a file of the CA could choose what we sign with, or what others trust.
Status check_owner(const struct stat& info, const fs::path& path) {
  if (info.st_uid == 0 || info.st_uid == ::geteuid()) return {};
  return fail(Code::kIo,
              fmt::format("{}: belongs to user {}, who is neither this one ({}) nor root",
                          path.string(), info.st_uid, ::geteuid()),
              fmt::format("run as that user, or make it yours: chown {} {}", ::geteuid(),
                          shell_word(path.string())));
}

Status check_mode(const struct stat& info, const fs::path& path, const Permission& permission) {
  if ((info.st_mode & permission.denied) == 0) return {};
  return fail(Code::kIo,
              fmt::format("{}: mode {:04o} lets others {}", path.string(), info.st_mode & 07777,
                          permission.offence),
              fmt::format("chmod {:o} {}", permission.mode, shell_word(path.string())));
}

/// Groups aside, for which many systems have one for each user.
Status check_above(const fs::path& home) {
  for (fs::path path = home; path.has_relative_path();) {
    path = path.parent_path();
    struct stat info{};
    if (::stat(path.c_str(), &info) != 0) continue;
    if ((info.st_mode & S_IWOTH) == 0 || (info.st_mode & S_ISVTX) != 0) continue;
    return fail(Code::kIo,
                fmt::format("{}: its mode {:04o} lets others replace {}", path.string(),
                            info.st_mode & 07777, home.string()),
                fmt::format("chmod o-w {}", shell_word(path.string())));
  }
  return {};
}

}  // namespace

Status check_home(const fs::path& home) {
  MITM_TRY(check_directory(home, kCaDirectory));
  std::error_code error;
  const fs::path named = fs::absolute(home, error).lexically_normal();
  MITM_TRY(check_above(named));
  // Links lead elsewhere.
  const fs::path real = fs::weakly_canonical(home, error);
  return error || real == named ? Status{} : check_above(real);
}

Status check_directory(const fs::path& path, const Permission& permission) {
  struct stat info{};
  // What is not there is somebody else's message.
  if (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) return {};
  MITM_TRY(check_owner(info, path));
  return check_mode(info, path, permission);
}

Result<Bytes> read_guarded(const fs::path& path, const Permission& permission, std::size_t limit) {
  auto fd = open_regular_file(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  struct stat info{};
  if (::fstat(fd->get(), &info) != 0) return fail_errno(fmt::format("stat {}", path.string()));
  MITM_TRY(check_owner(info, path));
  MITM_TRY(check_mode(info, path, permission));
  FdSource source(*std::move(fd), path.string());
  return read_all(source, path.string(), limit);
}

}  // namespace mitm::tls
