#include "lib/archive/replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

#include "lib/archive/writer.h"
#include "lib/base/fd.h"

namespace mitm::archive {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// A file beside `path`, if possible without a name. A name is put into `name`.
Fd open_beside(const fs::path& path, std::string& name) {
  Fd fd(::open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (fd.is_open()) return fd;
  name = path.string() + ".XXXXXX";
  fd = Fd(::mkostemp(name.data(), O_CLOEXEC));
  if (!fd.is_open()) name.clear();
  return fd;
}

/// Gives a file without a name one beside `path`.
Result<std::string> give_name(int fd, const fs::path& path) {
  const std::string self = fmt::format("/proc/self/fd/{}", fd);
  for (int attempt = 0;; ++attempt) {
    std::string name = fmt::format("{}.{}-{}", path.string(), ::getpid(), attempt);
    if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return name;
    }
    constexpr int kAttempts = 100;
    if (errno != EEXIST || attempt == kAttempts) {
      return fail_errno(fmt::format("create {}", name));
    }
  }
}

class Replacement final : public ByteSink {
 public:
  /// `old` keeps its lock on what is replaced; may be null.
  Replacement(Fd fd, std::string name, fs::path path, std::unique_ptr<ByteSink> old)
      : fd_(fd.get()),
        name_(std::move(name)),
        path_(std::move(path)),
        sink_(std::move(fd), path_.string()),
        old_(std::move(old)) {}
  ~Replacement() override {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  Status write(ByteView bytes) override { return sink_.write(bytes); }
  Status sync() override { return sink_.sync(); }
  Status close() override {
    MITM_TRY(sink_.sync());
    if (name_.empty()) {
      auto name = give_name(fd_, path_);
      if (!name) return std::unexpected(std::move(name).error());
      name_ = *std::move(name);
    }
    MITM_TRY(sink_.close());
    if (::rename(name_.c_str(), path_.c_str()) != 0) {
      return fail_errno(fmt::format("rename {} to {}", name_, path_.string()));
    }
    name_.clear();
    return sync_directory(folder_of(path_));
  }

 private:
  int fd_;            // sink_'s
  std::string name_;  // of the file beside `path_`; empty: it has none
  fs::path path_;
  FdSink sink_;
  std::unique_ptr<ByteSink> old_;
};

}  // namespace

Result<std::unique_ptr<ByteSink>> replace_archive_file(const fs::path& path) {
  if (path == "-") return create_archive_file(path);
  std::error_code none;
  // The file is replaced, not a link to it.
  const fs::path resolved = fs::exists(path, none) ? fs::canonical(path, none) : path;
  const fs::path& target = none ? path : resolved;
  const bool exists = fs::exists(target, none);
  if (fs::is_symlink(target, none) || (exists && !fs::is_regular_file(target, none))) {
    return create_archive_file(path);
  }
  std::unique_ptr<ByteSink> old;
  if (exists) {
    auto opened = create_archive_file(target);
    if (!opened) return opened;
    old = *std::move(opened);
  }
  std::string name;
  Fd fd = open_beside(target, name);
  if (!fd.is_open()) {
    if (old) return old;
    return create_archive_file(target);
  }
  return std::make_unique<Replacement>(std::move(fd), std::move(name), target, std::move(old));
}

}  // namespace mitm::archive
