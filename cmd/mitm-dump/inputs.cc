#include "cmd/mitm-dump/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <span>
#include <utility>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/archive/writer_lock.h"

namespace mitm::dump {
namespace {

std::string display_name(const std::string& path) { return path == "-" ? "standard input" : path; }

bool can_be_read_again(const std::string& path) {
  struct stat info{};
  return path != "-" && ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// As a recorder leaves one behind that was killed when it had just gone on to its next file.
bool is_empty_file(const std::string& path) {
  std::error_code error;
  return path != "-" && std::filesystem::is_regular_file(path, error) &&
         std::filesystem::file_size(path, error) == 0 && !error;
}

/// Keeps what is read from another source.
class KeepingSource final : public ByteSource {
 public:
  KeepingSource(std::unique_ptr<ByteSource> source, Spool& spool, Status& failure)
      : source_(std::move(source)), spool_(spool), failure_(failure) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    auto got = source_->read(buffer);
    if (!got) return got;
    if (Status kept = spool_.append({buffer.data(), *got}); !kept) {
      failure_ = kept;
      return std::unexpected(std::move(kept).error());
    }
    return got;
  }
  [[nodiscard]] bool is_ready() const override { return source_->is_ready(); }

 private:
  std::unique_ptr<ByteSource> source_;
  Spool& spool_;
  Status& failure_;  ///< to keep something: no fault of the source
};

/// Waits by itself while `opening`: until there is a reader, nobody else keeps what has come.
class PatientSource final : public ByteSource {
 public:
  /// `wait` returns false when there is no use in waiting any more.
  PatientSource(std::unique_ptr<ByteSource> source, std::shared_ptr<const bool> opening,
                std::function<bool()> wait)
      : source_(std::move(source)), opening_(std::move(opening)), wait_(std::move(wait)) {}
  Result<std::size_t> read(std::span<char> buffer) override {
    while (true) {
      auto got = source_->read(buffer);
      if (got || got.error().code != Code::kAgain || !*opening_) return got;
      if (!wait_()) return fail(Code::kCancelled, "interrupted before there was a recording");
    }
  }
  [[nodiscard]] bool is_ready() const override { return source_->is_ready(); }

 private:
  std::unique_ptr<ByteSource> source_;
  std::shared_ptr<const bool> opening_;
  std::function<bool()> wait_;
};

Result<std::unique_ptr<ByteSource>> open_plainly(const std::string& path) {
  if (path != "-") {
    auto fd = open_for_reading(path);
    if (!fd) return std::unexpected(std::move(fd).error());
    return std::make_unique<FdSource>(*std::move(fd), path);
  }
  Fd fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno("open standard input");
  return std::make_unique<FdSource>(std::move(fd), display_name(path));
}

}  // namespace

Inputs::Inputs(const Config& config, bool twice) : config_(config), twice_(twice) {
  if (!config.follow) return;
  interruption_.emplace();
  follower_ = std::make_unique<archive::Follower>();
}

Result<archive::MergedReader> Inputs::open() {
  std::vector<archive::MergedReader::Input> inputs;
  for (const std::string& path : config_.inputs) {
    auto reader = open_one(path);
    if (!reader && config_.inputs.size() > 1 && is_empty_file(path)) {
      inputs.push_back(
          archive::MergedReader::unreadable(display_name(path), std::move(reader).error()));
      continue;
    }
    if (!reader) return std::unexpected(std::move(reader).error());
    inputs.push_back({.name = display_name(path),
                      .reader = *std::move(reader),
                      .failed = std::nullopt,
                      .is_live = !follower_ && archive::is_being_written(path)});
  }
  archive::MergedReader::GoOn go_on;
  if (follower_) {
    go_on = [this](const archive::MergedReader::Input& ended) { return follower_->next(ended); };
  }
  return archive::MergedReader::merge(std::move(inputs), std::move(go_on));
}

/// What cannot be read twice is kept the first time, and comes from there the second time.
Result<std::unique_ptr<ByteSource>> Inputs::open_source(const std::string& path) {
  if (const auto kept = read_once_.find(path); kept != read_once_.end()) {
    return std::make_unique<SpoolSource>(kept->second);
  }
  auto source = follower_ ? follower_->open_source(path) : open_plainly(path);
  if (!source || !twice_ || can_be_read_again(path)) return source;
  return std::make_unique<KeepingSource>(*std::move(source), read_once_[path], kept_);
}

Result<std::unique_ptr<archive::Reader>> Inputs::open_one(const std::string& path) {
  auto source = open_source(path);
  if (!source) return std::unexpected(std::move(source).error());
  if (!follower_) return archive::Reader::open(*std::move(source), display_name(path));
  const auto opening = std::make_shared<bool>(true);
  auto patient = std::make_unique<PatientSource>(*std::move(source), opening, [this] {
    if (!interrupted()) follower_->wait();
    return !interrupted();
  });
  auto reader = archive::Reader::open(std::move(patient), display_name(path));
  *opening = false;
  return reader;
}

Result<Stopped> Inputs::read(archive::MergedReader& reader, const Take& take, const Idle& idle) {
  while (heeded_ || !interrupted()) {
    auto record = reader.next();
    if (!record) {
      if (record.error().code != Code::kAgain) return std::unexpected(std::move(record).error());
      const auto go_on = idle();
      if (!go_on) return std::unexpected(go_on.error());
      if (!*go_on) return Stopped::kEnough;
      follower_->wait();
      continue;
    }
    MITM_TRY(kept_);
    if (!*record) return Stopped::kAtEnd;
    const auto more = take(**std::move(record));
    if (!more) return std::unexpected(more.error());
    if (!*more) return Stopped::kEnough;
  }
  heeded_ = true;
  return Stopped::kInterrupted;
}

}  // namespace mitm::dump
