#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm::record {

/// A regular file that a recording is written to, wherever it is moved meanwhile. It keeps the file
/// and its writer's lock as long as it lives.
class OutputFile {
 public:
  /// nullopt: not a regular file.
  static Result<std::optional<OutputFile>> of(const ByteSink& sink);

  /// Whether that is its name at present.
  [[nodiscard]] bool is_at(const std::filesystem::path& path) const;
  /// Its present name, `path` if it is still that; nullopt: it was removed.
  [[nodiscard]] std::optional<std::string> name(const std::string& path) const;
  [[nodiscard]] int descriptor() const { return fd_.get(); }

 private:
  explicit OutputFile(Fd fd) : fd_(std::move(fd)) {}

  Fd fd_;
};

}  // namespace mitm::record
