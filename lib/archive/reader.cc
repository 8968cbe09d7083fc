#include "lib/archive/reader.h"

#include <fmt/format.h>

#include <utility>
#include <variant>

#include "lib/archive/chain_cache.h"
#include "lib/archive/foreign.h"
#include "lib/archive/format.h"
#include "lib/archive/frame_reader.h"
#include "lib/archive/message.h"
#include "lib/archive/source_numbers.h"

namespace mitm::archive {
namespace {

class StreamReader final : public Reader {
 public:
  StreamReader(std::unique_ptr<ByteSource> source, std::string name, ReadObserver* observer)
      : frames_(std::move(source), observer), name_(std::move(name)), observer_(observer) {}

  /// Reads up to the first record, which next() then returns.
  Status begin();
  Result<std::optional<flow::Record>> next() override;
  [[nodiscard]] const Ending& ending() const override { return ending_; }
  [[nodiscard]] std::optional<flow::Header> header() const override { return header_; }
  [[nodiscard]] std::optional<std::uint64_t> run_id() const override { return frames_.last_run(); }

 private:
  Result<bool> load();
  [[nodiscard]] bool was_cut_behind_its_end() const;
  [[nodiscard]] bool ended_well() const;
  Result<std::optional<flow::Record>> read();
  std::optional<flow::Record> take_message();
  Status take_in(flow::Record& record);
  [[nodiscard]] Error foreign(std::string_view kind) const;

  FrameReader frames_;
  std::string name_;
  ReadObserver* observer_;
  ByteView rest_;  // of the loaded content
  ChainCache chains_;
  SourceNumbers sources_;
  Ending ending_;
  bool summarized_ = false;  // the archive's end says so
  bool seen_any_ = false;
  bool told_gap_ = false;  // the last record is a gap
  std::optional<flow::Record> first_;
  std::optional<flow::Header> header_;
};

Status StreamReader::begin() {
  constexpr std::size_t kMagic = 4;
  constexpr std::size_t kLook = 512;
  // An archive that is still being written may have no more to show yet than its header.
  auto beginning = frames_.peek(kMagic);
  if (beginning && magic_of(*beginning) == Magic::kNone) beginning = frames_.peek(kLook);
  if (!beginning) return std::unexpected(beginning.error());
  if (beginning->empty()) {
    return fail(Code::kCorrupt, fmt::format("{}: empty file, not a mitmkit archive", name_));
  }
  const bool is_zstd = magic_of(*beginning) != Magic::kNone;
  const std::string_view kind = is_zstd ? "zstd-compressed data" : looks_like(*beginning);
  if (!is_zstd && !kind.empty()) return std::unexpected(foreign(kind));
  const auto loaded = load();
  if (!loaded) return std::unexpected(loaded.error());
  const bool damaged = !frames_.losses().skipped.empty();
  if (!*loaded && is_zstd && frames_.losses().torn_at) {
    return fail(Code::kCorrupt, fmt::format("{}: cut off before the first complete record", name_));
  }
  if (!*loaded || (damaged && !frames_.run_id())) return std::unexpected(foreign(kind));
  auto record = read();
  if (!record) return std::unexpected(std::move(record).error());
  first_ = *std::move(record);
  const auto* header = first_ ? std::get_if<flow::Header>(&first_->event) : nullptr;
  // Where the beginning is lost, the header is lost with it; else there must be one.
  if (!damaged && (header == nullptr || header->format == 0)) {
    return std::unexpected(foreign(kind));
  }
  if (header != nullptr) header_ = *header;
  return {};
}

Error StreamReader::foreign(std::string_view kind) const {
  std::string guess = kind.empty() ? "" : fmt::format(" (looks like {})", kind);
  const std::string hint =
      kind == "a gzip file" ? "if a recording is in it: zcat FILE | mitm-dump -r -" : "";
  return {Code::kCorrupt, fmt::format("{}: not a mitmkit archive{}", name_, guess), hint};
}

Result<std::optional<flow::Record>> StreamReader::next() {
  if (first_) return std::exchange(first_, std::nullopt);
  return read();
}

/// Loads the next content. False at the end, where `ending_` is completed.
Result<bool> StreamReader::load() {
  const auto loaded = frames_.next();
  rest_ = loaded.value_or(false) ? frames_.content() : ByteView();
  ending_.torn_at = frames_.losses().torn_at;
  ending_.torn_bytes = frames_.losses().torn_bytes;
  ending_.skipped = frames_.losses().skipped;
  if (loaded && !*loaded && was_cut_behind_its_end()) ending_.torn_at = frames_.position();
  return loaded;
}

/// Of what comes before another archive: closed, or repaired, which a gap tells.
bool StreamReader::ended_well() const {
  return told_gap_ || (ending_.finished && (!summarized_ || frames_.was_closed()));
}

/// All records are there, but not what should follow them.
bool StreamReader::was_cut_behind_its_end() const {
  return ending_.finished && summarized_ && !frames_.is_closed() && ending_.skipped.empty() &&
         !ending_.torn_at;
}

Result<std::optional<flow::Record>> StreamReader::read() {
  while (true) {
    while (rest_.empty()) {
      const auto loaded = load();
      if (!loaded) return std::unexpected(loaded.error());
      if (!*loaded) return std::nullopt;
    }
    auto record = take_message();
    if (!record) continue;
    MITM_TRY(take_in(*record));
    return record;
  }
}

/// The record of the next message, if it makes one that is shown.
std::optional<flow::Record> StreamReader::take_message() {
  flow::Record record;
  const std::size_t size = message_size(rest_).value_or(0);
  const auto decoded = size > 0 ? decode(rest_.substr(0, size), chains_, record)
                                : fail(Code::kCorrupt, "malformed message");
  if (!decoded) {
    frames_.give_up_frame();
    rest_ = {};
    return std::nullopt;
  }
  rest_.remove_prefix(size);
  if (*decoded == Decoded::kUnknown) ++ending_.unknown_records;
  if (*decoded == Decoded::kChain && observer_ != nullptr)
    observer_->on_chain(chains_.newest()->id, frames_.frame());
  if (*decoded != Decoded::kRecord) return std::nullopt;
  if (std::holds_alternative<flow::Checkpoint>(record.event)) return std::nullopt;
  if (observer_ != nullptr) observer_->on_record(record, frames_.frame());
  return record;
}

/// What a record means for those that follow it.
Status StreamReader::take_in(flow::Record& record) {
  if (const auto* header = std::get_if<flow::Header>(&record.event)) {
    if (record.source == 0 && seen_any_ && !ended_well()) ++ending_.unclosed;
    if (header->format > kFormatVersion) {
      return fail(Code::kUnsupported,
                  fmt::format("{}: archive format {}, but only {} is known here", name_,
                              header->format, kFormatVersion),
                  "use a newer version of mitmkit");
    }
    record.source = sources_.add(record.source, *header);
  } else {
    record.source = sources_.of(record.source);
  }
  seen_any_ = true;
  told_gap_ = std::holds_alternative<flow::CaptureGap>(record.event);
  const auto* end = std::get_if<flow::ArchiveEnd>(&record.event);
  ending_.finished = end != nullptr;
  summarized_ = end != nullptr && end->summarized;
  ending_.next_file = end != nullptr ? end->next_file : std::string();
  if (end != nullptr) sources_.end_archive();
  return {};
}

}  // namespace

Result<std::unique_ptr<Reader>> Reader::open(std::unique_ptr<ByteSource> source, std::string name,
                                             ReadObserver* observer) {
  auto reader = std::make_unique<StreamReader>(std::move(source), std::move(name), observer);
  MITM_TRY(reader->begin());
  return reader;
}

}  // namespace mitm::archive
