#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <thread>
#include <utility>

#include "lib/archive/reader.h"
#include "lib/archive/writer.h"
#include "lib/archive/writer_lock.h"
#include "lib/base/fd.h"
#include "lib/base/pending_signal.h"

namespace mitm::archive {
namespace {

constexpr ::mode_t kMode = 0600;
constexpr std::chrono::milliseconds kPipeRetry{50};

Result<Fd> duplicate(int fd, std::string_view name) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open()) return fail_errno(fmt::format("open {}", name));
  return copy;
}

Result<std::unique_ptr<ByteSink>> standard_output() {
  if (::isatty(STDOUT_FILENO) == 1) {
    return fail(Code::kUsage, "an archive is not written to a terminal",
                "redirect standard output, or name a file");
  }
  auto fd = duplicate(STDOUT_FILENO, "standard output");
  if (!fd) return std::unexpected(std::move(fd).error());
  return std::make_unique<FdSink>(*std::move(fd), "standard output");
}

/// Makes a regular file ours alone.
Status take_over(int fd, const std::string& name) {
  struct stat info{};
  if (::fstat(fd, &info) != 0) return fail_errno(fmt::format("stat {}", name));
  if (!S_ISREG(info.st_mode)) return {};
  MITM_TRY(lock_for_writing(fd, name));
  if (::fchmod(fd, kMode) != 0) return fail_errno(fmt::format("chmod {}", name));
  return {};
}

class ArchiveFile final : public ByteSink {
 public:
  ArchiveFile(Fd fd, const std::string& name, OldContent old)
      : fd_(fd.get()), name_(name), old_(old), sink_(std::move(fd), name) {}

  Status write(ByteView bytes) override {
    if (!begun_) MITM_TRY(begin());
    Status written = sink_.write(bytes);
    if (!was_truncated()) return written;
    return fail(Code::kCorrupt, fmt::format("{} was truncated while it was written: "
                                            "what it held is lost",
                                            name_));
  }
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return sink_.written(); }
  Status sync() override {
    MITM_TRY(sink_.sync());
    return std::exchange(name_synced_, true) ? Status{} : sync_name();
  }
  Status close() override { return sink_.close(); }
  [[nodiscard]] int descriptor() const override { return fd_; }

 private:
  /// A folder that only lets us create files cannot be opened, and so not be synced.
  Status sync_name() const {
    struct stat info{};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) return {};
    const auto folder = std::filesystem::path(name_).parent_path();
    const std::filesystem::path named = folder.empty() ? "." : folder;
    return ::access(named.c_str(), R_OK) == 0 ? sync_directory(named) : Status{};
  }

  Status begin() {
    struct stat info{};
    if (::fstat(fd_, &info) != 0) return fail_errno(fmt::format("stat {}", name_));
    if (S_ISREG(info.st_mode)) {
      const bool goes = old_ == OldContent::kGoes;
      if (goes && ::ftruncate(fd_, 0) != 0) return fail_errno(fmt::format("truncate {}", name_));
      // What follows a truncation must not make up for it with a hole before it.
      if (::fcntl(fd_, F_SETFL, ::fcntl(fd_, F_GETFL) | O_APPEND) != 0)
        return fail_errno(fmt::format("open {}", name_));
      base_ = goes ? 0 : static_cast<std::uint64_t>(info.st_size);
    }
    begun_ = true;
    return {};
  }

  [[nodiscard]] bool was_truncated() const {
    struct stat info{};
    return base_ && ::fstat(fd_, &info) == 0 &&
           static_cast<std::uint64_t>(info.st_size) < *base_ + sink_.written().value_or(0);
  }

  int fd_;  ///< sink_'s
  std::string name_;
  OldContent old_;
  FdSink sink_;
  bool begun_ = false;
  std::optional<std::uint64_t> base_;  ///< where we began; nullopt: not a regular file
  bool name_synced_ = false;
};

/// A named pipe without a reader is waited for, as open(2) would, but not against a signal.
Result<Fd> open_for_writing(const std::string& path, Links links) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  while (true) {
    Fd fd(::open(path.c_str(), kFlags | flag_of(links), kMode));
    if (fd.is_open()) {
      ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
      return fd;
    }
    if (errno != ENXIO) return fail_errno(fmt::format("create {}", path));
    if (pending_signal({SIGINT, SIGTERM, SIGHUP, SIGQUIT}))
      return fail(Code::kCancelled, fmt::format("{}: nobody read it", path));
    std::this_thread::sleep_for(kPipeRetry);
  }
}

}  // namespace

Result<std::unique_ptr<ByteSink>> create_archive_file(const std::filesystem::path& path,
                                                      Links links) {
  if (path == "-") return standard_output();
  auto fd = open_for_writing(path.string(), links);
  if (!fd) return std::unexpected(std::move(fd).error());
  MITM_TRY(take_over(fd->get(), path.string()));
  return std::make_unique<ArchiveFile>(*std::move(fd), path.string(), OldContent::kGoes);
}

Result<std::unique_ptr<ByteSink>> continue_archive_file(int file, const std::string& name,
                                                        OldContent old) {
  auto fd = duplicate(file, name);
  if (!fd) return std::unexpected(std::move(fd).error());
  return std::make_unique<ArchiveFile>(*std::move(fd), name, old);
}

Result<std::unique_ptr<Reader>> open_archive(const std::filesystem::path& path) {
  if (path == "-") {
    auto fd = duplicate(STDIN_FILENO, "standard input");
    if (!fd) return std::unexpected(std::move(fd).error());
    constexpr auto kName = "standard input";
    return Reader::open(std::make_unique<FdSource>(*std::move(fd), kName), kName);
  }
  auto fd = open_for_reading(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  return Reader::open(std::make_unique<FdSource>(*std::move(fd), path.string()), path.string());
}

}  // namespace mitm::archive
