#pragma once

#include <string>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

namespace mitm {

/// A directory with an unguessable name in $TMPDIR or /tmp; it and all that it holds
/// vanish with this object. Only its owner sees what it holds; others can open files that they
/// know the name of and may read.
class TemporaryDirectory {
 public:
  /// Its name begins with `prefix`.
  static Result<TemporaryDirectory> create(std::string_view prefix);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  /// `path` is one below path().
  Status write(const std::string& path, ByteView content, unsigned mode);

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}

  std::string path_;
};

}  // namespace mitm
