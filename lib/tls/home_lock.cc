#include "lib/tls/home_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "lib/base/io.h"
#include "lib/tls/guarded.h"

namespace mitm::tls {
namespace {

namespace fs = std::filesystem;

/// With a mode of its own: the umask may leave it open to all. Returns errno's value, or 0 when
/// there is one now.
int make_private(const fs::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) return 0;
  const int reason = errno;
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? 0 : reason;
}

Status make_with_parents(const fs::path& path) {
  int reason = make_private(path);
  if (reason == ENOENT && path.has_parent_path() && path.parent_path() != path) {
    MITM_TRY(make_with_parents(path.parent_path()));
    reason = make_private(path);
  }
  if (reason == 0) return {};
  return fail_errno(fmt::format("create {}", path.string()), reason);
}

}  // namespace

Result<Fd> lock_directory(const fs::path& directory, IfMissing if_missing) {
  const fs::path path = directory / ".lock";
  const int create = if_missing == IfMissing::kCreate ? O_CREAT : 0;
  Fd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | create, 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  while (::flock(fd.get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno(fmt::format("lock {}", path.string()));
  }
  return fd;
}

Status make_home(const fs::path& home) {
  MITM_TRY(make_with_parents(home));
  return check_home(home);
}

void sweep(const fs::path& directory, const std::function<bool(std::string_view)>& is_written) {
  std::error_code error;
  std::vector<fs::path> left;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const auto target = unfinished_target(name);
    if (!target.empty() && is_written(target)) left.push_back(entry->path());
  }
  for (const fs::path& path : left) ::unlink(path.c_str());
}

}  // namespace mitm::tls
