#include "cmd/mitm-record/acting_as.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <utility>

#include "lib/base/display.h"

namespace mitm::record {
namespace {

bool may_write(const std::filesystem::path& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}

/// Something that is met on the way to a file, and the folder that it is in.
struct Step {
  std::filesystem::path folder;
  std::filesystem::path entry;
};

/// As the kernel goes, link by link.
std::vector<Step> steps_to(const std::filesystem::path& folder) {
  constexpr int kMostLinks = 40;
  std::vector<Step> steps;
  std::deque<std::filesystem::path> left(folder.begin(), folder.end());
  std::filesystem::path at = "/";
  for (int links = 0; !left.empty() && links < kMostLinks;) {
    const std::filesystem::path part = left.front();
    left.pop_front();
    if (part == "/") at = "/";
    if (part == "..") at = at.parent_path();
    if (part == "/" || part == ".." || part == "." || part.empty()) continue;
    steps.push_back({at, at / part});
    std::error_code error;
    const auto target = std::filesystem::read_symlink(steps.back().entry, error);
    if (error) {
      at /= part;
    } else {
      ++links;
      left.insert(left.begin(), target.begin(), target.end());
    }
  }
  return steps;
}

/// Whether we can put something else in the place of an entry, now or by changing modes first.
bool may_replace(const Step& step) {
  struct stat above{};
  if (::stat(step.folder.c_str(), &above) == 0 && above.st_uid == ::geteuid()) return true;
  if (!may_write(step.folder)) return false;
  if ((above.st_mode & S_ISVTX) == 0) return true;
  struct stat info{};
  return ::lstat(step.entry.c_str(), &info) == 0 && info.st_uid == ::geteuid();
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
  const auto folder = std::filesystem::absolute(path, error).parent_path();
  if (error) return fail(Code::kIo, fmt::format("find {}: {}", path.string(), error.message()));
  const auto steps = steps_to(folder);
  auto acting = ActingAs::begin(*user);
  if (!acting) return std::unexpected(std::move(acting).error());
  if (std::ranges::any_of(steps, may_replace)) return std::optional(*std::move(acting));
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
