#include "cmd/mitm-record/acting_as.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "lib/base/display.h"

namespace mitm::record {
namespace {

bool may_write(const std::filesystem::path& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

/// Whether we can put something else in the place of `entry` of `folder`.
bool may_replace(const std::filesystem::path& folder, const std::filesystem::path& entry) {
  if (!may_write(folder)) return false;
  struct stat above{};
  if (::stat(folder.c_str(), &above) != 0 || (above.st_mode & S_ISVTX) == 0) return true;
  if (above.st_uid == ::geteuid()) return true;
  struct stat info{};
  return ::lstat(entry.c_str(), &info) == 0 && info.st_uid == ::geteuid();
}

bool may_replace_any(const std::filesystem::path& folders) {
  std::filesystem::path above;
  for (const auto& part : folders) {
    if (!above.empty() && may_replace(above, above / part)) return true;
    above /= part;
  }
  return false;
}

}  // namespace

Result<ActingAs> ActingAs::begin(const User& user) {
  const auto fail_to = [&] { return fail_errno(fmt::format("act as {}", user.name)); };
  const int count = ::getgroups(0, nullptr);
  if (count < 0) return fail_to();
  std::vector<gid_t> groups(static_cast<std::size_t>(count));
  if (::getgroups(count, groups.data()) != count) return fail_to();
  ActingAs acting(std::move(groups));
  if (::initgroups(user.name.c_str(), user.gid) != 0 || ::setegid(user.gid) != 0 ||
      ::seteuid(user.uid) != 0)
    return fail_to();
  return acting;
}

ActingAs::~ActingAs() {
  if (!groups_) return;
  const bool restored = ::seteuid(::getuid()) == 0 && ::setegid(::getgid()) == 0 &&
                        ::setgroups(groups_->size(), groups_->data()) == 0;
  // Going on as neither of the two would do what nobody asked for.
  if (!restored) std::abort();
}

Result<std::optional<ActingAs>> whoever_may_open(const std::filesystem::path& path,
                                                 const std::optional<User>& user) {
  if (!user) return std::nullopt;
  std::error_code error;
  const auto folder = std::filesystem::absolute(path, error).lexically_normal().parent_path();
  if (error) return fail(Code::kIo, fmt::format("find {}: {}", path.string(), error.message()));
  const auto meant = std::filesystem::weakly_canonical(folder, error);
  auto acting = ActingAs::begin(*user);
  if (!acting) return std::unexpected(std::move(acting).error());
  if (may_replace_any(folder) || (!error && may_replace_any(meant)))
    return std::optional(*std::move(acting));
  return std::nullopt;
}

Status check_folder_of(const std::filesystem::path& path, const User& user, const char* option) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (may_write(folder)) return {};
  return fail(
      Code::kUsage,
      fmt::format("{}: {} must not make files in {}", option, user.name,
                  printable(folder.string())),
      fmt::format("use a folder of theirs: chown {} {}", user.name, printable(folder.string())));
}

}  // namespace mitm::record
