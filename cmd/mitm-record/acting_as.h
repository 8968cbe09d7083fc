#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "cmd/mitm-record/privileges.h"
#include "lib/base/error.h"

namespace mitm::record {

/// While it lives, files are opened as `user` would open them: effective ids and groups are theirs.
/// For root, before there are other threads.
class ActingAs {
 public:
  static Result<ActingAs> begin(const User& user);
  ActingAs(ActingAs&& other) noexcept : groups_(std::exchange(other.groups_, std::nullopt)) {}
  ActingAs& operator=(ActingAs&&) = delete;
  ~ActingAs();

 private:
  explicit ActingAs(std::vector<gid_t> groups) : groups_(std::move(groups)) {}

  std::optional<std::vector<gid_t>> groups_;  ///< root's own
};

/// Who has to open `path` for `user`, if there is one: they themselves (a value) where they can
/// replace a folder on the way to it, and so could lead root to where they must not write.
Result<std::optional<ActingAs>> whoever_may_open(const std::filesystem::path& path,
                                                 const std::optional<User>& user);

/// Fails when we, who are `user` by now, cannot make files beside `path`, which `option` needs.
Status check_folder_of(const std::filesystem::path& path, const User& user, const char* option);

}  // namespace mitm::record
