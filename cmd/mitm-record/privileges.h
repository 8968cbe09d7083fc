#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"

namespace mitm::record {

/// Who mitm-record is once everything that takes root has been opened.
struct User {
  std::string name;
  std::string home;
  uid_t uid = 0;
  gid_t gid = 0;
};

std::vector<cli::Flag> privilege_flags(const char* category);

/// The user that "NAME" or "NAME:GROUP" means, by numbers too; kUsage for names that nobody has,
/// and for a number that is nobody's without a group.
Result<User> find_user(const std::string& text);

/// What --user says; nullopt: nothing, or who we are already. kUsage for names that nobody has,
/// and when we are not root, who alone can become somebody else.
Result<std::optional<User>> read_user(const cli::ParsedOptions& options);

/// Before a file is opened that the user will get: fails when its name is a link, or one of several
/// that it has, for then it may be a file that somebody else wants to have.
Status refuse_link(const std::string& path);

/// Makes a regular file that root owns the user's; what belongs to somebody else stays theirs.
/// Fails as refuse_link() does when `path` is not the only name of `fd`. `fd` may be -1: nothing
/// happens.
Status give_file(int fd, const std::string& path, const User& user);

enum class Keep : std::uint8_t {
  kNothing,
  kNetAdmin,  ///< CAP_NET_ADMIN, for this thread and those that it starts
};

/// Becomes the user for good, in all threads. Fails when any way back is left.
Status become(const User& user, Keep keep);

}  // namespace mitm::record
