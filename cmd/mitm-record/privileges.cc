#include "cmd/mitm-record/privileges.h"

#include <cap-ng.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "lib/base/display.h"

namespace mitm::record {
namespace {

std::unexpected<Error> unknown(std::string_view what, std::string_view name) {
  return fail(Code::kUsage, fmt::format("--user: there is no {} '{}'", what, printable(name)));
}

/// The id that a number means, as chown(1) takes it: where nobody is called that.
std::optional<id_t> id_from(std::string_view text) {
  id_t id = 0;
  const auto* const end = text.data() + text.size();
  const auto [parsed, error] = std::from_chars(text.data(), end, id);
  constexpr id_t kNobodys = static_cast<id_t>(-1);  // says "no change" to the kernel
  if (error != std::errc{} || parsed != end || id == kNobodys) return std::nullopt;
  return id;
}

/// Users of containers often have a number alone.
Result<User> user_without_entry(const std::string& text, bool has_group) {
  const auto uid = id_from(text);
  if (!uid) return unknown("user", text);
  if (!has_group) {
    return fail(Code::kUsage,
                fmt::format("--user: user {} is not in passwd(5), so has no group", *uid),
                fmt::format("write --user {}:GROUP", *uid));
  }
  return User{.name = text, .home = "/", .uid = *uid};
}

Result<User> find_name(const std::string& text, bool has_group) {
  const passwd* entry = ::getpwnam(text.c_str());
  if (entry == nullptr) {
    if (const auto uid = id_from(text)) entry = ::getpwuid(*uid);
  }
  if (entry == nullptr) return user_without_entry(text, has_group);
  return User{
      .name = entry->pw_name, .home = entry->pw_dir, .uid = entry->pw_uid, .gid = entry->pw_gid};
}

Result<gid_t> find_group(const std::string& text) {
  if (const group* const entry = ::getgrnam(text.c_str())) return entry->gr_gid;
  if (const auto gid = id_from(text)) return *gid;
  return unknown("group", text);
}

}  // namespace

Result<User> find_user(const std::string& text) {
  const auto colon = text.find(':');
  const bool has_group = colon != text.npos;
  auto user = find_name(text.substr(0, colon), has_group);
  if (!user || !has_group) return user;
  const auto gid = find_group(text.substr(colon + 1));
  if (!gid) return std::unexpected(gid.error());
  user->gid = *gid;
  return user;
}

namespace {

std::unexpected<Error> a_link(const std::string& path) {
  return fail(Code::kUsage,
              fmt::format("--user: {} is a link, and what it leads to is not given away", path),
              "name the file itself");
}

/// Whether `uid` can be had back, whatever kind of id it would become.
bool can_become(uid_t uid) {
  return ::setuid(uid) == 0 || ::seteuid(uid) == 0 || ::setresuid(uid, uid, uid) == 0;
}

}  // namespace

std::vector<cli::Flag> privilege_flags(const char* category) {
  return {
      {.long_name = "user",
       .value_name = "NAME[:GROUP]",
       .category = category,
       .summary = "go on as this user once everything is open, when started as root",
       .details =
           "Addresses and ports, the CA, certificates, the output and the file of "
           "\\flag{keylog} are opened as root. Then user, group and the user's other groups are "
           "taken on for good, before anything is accepted. Without GROUP it is the user's own. "
           "Numbers do as well, also those of nobody in passwd(5) and group(5). "
           "The output and the log of secrets belong to the user from then on. What is opened "
           "later is opened as the user: for rotation, SIGHUP and the torn end that "
           "\\flag{append} keeps, the folder must be writable for them. COMMAND and "
           "\\flag{post-rotate} run as the user too, COMMAND with their HOME, USER and LOGNAME. "
           "With \\flag{mark} the capability CAP_NET_ADMIN, without which sockets cannot be "
           "marked, is kept, and not passed on to commands; else none is. Who is not root can "
           "name only themselves. Without this option root stays root."}};
}

Result<std::optional<User>> read_user(const cli::ParsedOptions& options) {
  const auto text = options.value("user");
  if (!text) return std::nullopt;
  auto user = find_user(*text);
  if (!user) return std::unexpected(std::move(user).error());
  if (user->uid == ::geteuid() && user->gid == ::getegid()) return std::nullopt;
  if (::geteuid() != 0) {
    return fail(Code::kUsage, fmt::format("--user {}: only root can become somebody else", *text),
                "start it with sudo, or leave --user away");
  }
  return *std::move(user);
}

Status refuse_link(const std::string& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) return {};
  const bool has_other_names = S_ISREG(info.st_mode) && info.st_nlink != 1;
  return S_ISLNK(info.st_mode) || has_other_names ? a_link(path) : Status{};
}

Status give_file(int fd, const std::string& path, const User& user) {
  struct stat info{};
  if (fd < 0 || ::fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_uid != 0) return {};
  struct stat named{};
  const bool is_it = ::lstat(path.c_str(), &named) == 0 && named.st_dev == info.st_dev &&
                     named.st_ino == info.st_ino;
  if (!is_it || info.st_nlink != 1) return a_link(path);
  if (::fchown(fd, user.uid, user.gid) != 0)
    return fail_errno(fmt::format("give {} to {}", path, user.name));
  return {};
}

Status become(const User& user, Keep keep) {
  const auto what = fmt::format("become {}", user.name);
  const uid_t before = ::geteuid();
  ::capng_clear(CAPNG_SELECT_CAPS);
  if (keep == Keep::kNetAdmin) {
    constexpr auto kSets = static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED);
    ::capng_update(CAPNG_ADD, kSets, CAP_NET_ADMIN);
  }
  if (::initgroups(user.name.c_str(), user.gid) != 0) return fail_errno(what);
  const int failed =
      ::capng_change_id(static_cast<int>(user.uid), static_cast<int>(user.gid), CAPNG_NO_FLAG);
  if (failed != 0) return fail(Code::kIo, fmt::format("{}: failed at step {}", what, -failed));
  if (user.uid != before && can_become(before))
    return fail(Code::kIo, what + ": there is a way back");
  return {};
}

}  // namespace mitm::record
