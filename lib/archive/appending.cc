#include "lib/archive/appending.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <csignal>
#include <utility>
#include <variant>

#include "lib/archive/chain_cache.h"
#include "lib/archive/content.h"
#include "lib/archive/frame_reader.h"
#include "lib/archive/frame_writer.h"
#include "lib/archive/little_endian.h"
#include "lib/archive/message.h"
#include "lib/archive/random_file.h"
#include "lib/archive/reader.h"
#include "lib/archive/torn_file.h"
#include "lib/archive/writer.h"
#include "lib/archive/writer_lock.h"
#include "lib/base/pending_signal.h"
#include "lib/base/write_all.h"

// Nothing is ever written after a frame that is not complete: a reader would take it for a part of
// that. All of such a frame is copied to a file that stays. Then what is not verified is cut off
// and the rest closed where it stands, so that nothing that was there is ever missing. Where the
// verified part does not end with a block, it is written again as a complete frame.

namespace mitm::archive {
namespace {

constexpr int kLevel = 3;

/// The last record in `content`, which begins on an 8-octet boundary, if it ends an archive.
std::optional<flow::ArchiveEnd> end_in(ByteView content) {
  std::optional<flow::ArchiveEnd> end;
  ChainCache unused;
  while (const auto size = message_size(content)) {
    flow::Record record;
    const auto decoded = decode(content.substr(0, *size), unused, record);
    content.remove_prefix(*size);
    const bool is_record = decoded && *decoded == Decoded::kRecord;
    if (is_record && std::holds_alternative<flow::Checkpoint>(record.event)) continue;
    auto* found = is_record ? std::get_if<flow::ArchiveEnd>(&record.event) : nullptr;
    end = found != nullptr ? std::optional(std::move(*found)) : std::nullopt;
  }
  return end;
}

class BytesSink final : public ByteSink {
 public:
  explicit BytesSink(Bytes& bytes) : bytes_(bytes) {}
  Status write(ByteView bytes) override {
    bytes_ += bytes;
    return {};
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  Bytes& bytes_;
};

}  // namespace

Result<Appending> Appending::open(const std::filesystem::path& path, Links links) {
  constexpr int kFlags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd fd(::open(path.c_str(), kFlags | flag_of(links), 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  Appending appending(std::move(fd), path);
  MITM_TRY(appending.look());
  return appending;
}

Status Appending::look() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return fail_errno(fmt::format("stat {}", path_.string()));
  if (!S_ISREG(info.st_mode)) {
    return fail(Code::kUsage,
                fmt::format("{}: only a regular file can be appended to", path_.string()));
  }
  MITM_TRY(lock_for_writing(fd_.get(), path_.string()));
  // Before there was a lock another writer may have changed it.
  if (::fstat(fd_.get(), &info) != 0) return fail_errno(fmt::format("stat {}", path_.string()));
  size_ = static_cast<std::uint64_t>(info.st_size);
  if (size_ == 0) return {};
  auto beginning = source();
  if (!beginning) return std::unexpected(std::move(beginning).error());
  if (auto reader = Reader::open(*std::move(beginning), path_.string()); !reader)
    return std::unexpected(std::move(reader).error());
  return read_frames();
}

Result<std::unique_ptr<ByteSource>> Appending::source() const {
  Fd copy(::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open() || ::lseek(copy.get(), 0, SEEK_SET) != 0)
    return fail_errno(fmt::format("open {}", path_.string()));
  return std::make_unique<FdSource>(std::move(copy), path_.string());
}

Status Appending::read_frames() {
  auto all = source();
  if (!all) return std::unexpected(std::move(all).error());
  FrameReader frames(*std::move(all));
  Bytes content;
  while (true) {
    if (pending_signal({SIGINT, SIGTERM, SIGHUP, SIGQUIT}))
      return fail(Code::kCancelled, fmt::format("{}: reading it was interrupted", path_.string()));
    const auto loaded = frames.next();
    if (!loaded) return std::unexpected(loaded.error());
    if (!*loaded) break;
    content = frames.content();
    run_id_ = frames.run_id().value_or(run_id_);
  }
  const auto end = end_in(content);
  closed_ = end && (!end->summarized || frames.is_closed());
  Ending ending{.finished = true, .torn_at = std::nullopt, .skipped = frames.losses().skipped};
  if (const auto& tail = frames.losses().tail) {
    const bool is_torn = frames.losses().torn_at.has_value();
    if (!is_torn && !ending.skipped.empty()) ending.skipped.pop_back();
    tail_ = {.begin = tail->frame, .verified = tail->verified, .content = {}};
    if (tail->verified > tail->frame) tail_->content = std::move(content);
  }
  for (const std::string& line : describe(ending))
    warnings_.push_back(fmt::format("{}: {}", path_.string(), line));
  return {};
}

Result<std::unique_ptr<ByteSink>> Appending::begin(const Clock& clock) {
  if (::fchmod(fd_.get(), 0600) != 0) return fail_errno(fmt::format("chmod {}", path_.string()));
  if (tail_ || !closed_) MITM_TRY(repair(clock));
  // A new name should survive with what is written under it; where the folder cannot be read, the
  // file is no worse for it.
  if (size_ == 0) static_cast<void>(sync_directory(std::filesystem::absolute(path_).parent_path()));
  const Fd file = std::move(fd_);
  return continue_archive_file(file.get(), path_.string());
}

/// Step by step, so that each is complete before the next one destroys something.
Status Appending::repair(const Clock& clock) {
  flow::CaptureGap gap{.reason = "the recording was not closed"};
  warnings_.push_back(fmt::format("{}: {}", path_.string(), gap.reason));
  std::filesystem::path torn;
  if (tail_) {
    auto kept = keep_torn_end(fd_.get(), tail_->begin, path_);
    if (!kept) return std::unexpected(std::move(kept).error());
    torn = *std::move(kept);
    gap.bytes = size_ - tail_->verified;
    gap.reason += fmt::format("; its last bytes are in {}", torn.filename().string());
    warnings_.back() +=
        fmt::format("; its last {} bytes, of which {} could not be verified, are in {}",
                    size_ - tail_->begin, gap.bytes, torn.string());
  }
  if (tail_) MITM_TRY(close_where_it_stands());
  auto end = new_end({.time = clock.now(), .event = std::move(gap)});
  if (!end) return std::unexpected(std::move(end).error());
  Status written = replace_end(*end);
  if (!written && !torn.empty()) {
    written.error().hint = fmt::format("what was at its end is in {}", torn.string());
  }
  return written;
}

/// RFC 8878, sections 3.1.1 and 3.1.1.2: an empty last block and the checksum.
Status Appending::close_where_it_stands() {
  const auto file = RandomFile::open(path_);
  if (!file) return std::unexpected(file.error());
  if (!*file || tail_->content.empty()) return {};
  Bytes frame;
  MITM_TRY((*file)->read(tail_->begin, tail_->verified - tail_->begin, frame));
  const std::uint64_t hash = XXH64(tail_->content.data(), tail_->content.size(), 0);
  const Bytes closing = to_little_endian(1, 3) + to_little_endian(hash, 4);
  Content content;
  if (content.load_complete(frame + closing) && content.bytes() == tail_->content)
    tail_->closing = closing;
  return {};
}

/// What could be verified, and the gap, as complete frames.
Result<Bytes> Appending::new_end(const flow::Record& gap) const {
  Bytes end = tail_ ? tail_->closing : Bytes();
  BytesSink sink(end);
  FrameWriter frame(sink, kLevel);
  if (tail_ && !tail_->content.empty() && tail_->closing.empty())
    MITM_TRY(frame.write(tail_->content, FrameWriter::Then::kEnd));
  MessageEncoder encoder;
  const auto message = encoder.encode(gap);
  if (!message) return std::unexpected(message.error());
  Bytes content = message->bytes();
  const flow::Checkpoint checkpoint{.length = content.size(),
                                    .xxh64 = XXH64(content.data(), content.size(), 0),
                                    .run_id = run_id_};
  const auto vouching = encoder.encode({.time = gap.time, .event = checkpoint});
  if (!vouching) return std::unexpected(vouching.error());
  vouching->append_to(content);
  MITM_TRY(frame.write(content, FrameWriter::Then::kEnd));
  return end;
}

Status Appending::replace_end(ByteView end) const {
  std::uint64_t begin = size_;
  if (tail_) begin = tail_->closing.empty() ? tail_->begin : tail_->verified;
  if (::ftruncate(fd_.get(), static_cast<off_t>(begin)) != 0)
    return fail_errno(fmt::format("truncate {}", path_.string()));
  if (::lseek(fd_.get(), 0, SEEK_END) < 0)
    return fail_errno(fmt::format("seek {}", path_.string()));
  MITM_TRY(write_all(fd_.get(), end, path_.string()));
  if (::fdatasync(fd_.get()) == 0) return {};
  return fail_errno(fmt::format("sync {}", path_.string()));
}

}  // namespace mitm::archive
