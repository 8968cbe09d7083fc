#include "lib/archive/rotating_writer.h"

#include <utility>

namespace mitm::archive {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

Result<std::unique_ptr<Writer>> RotatingWriter::open(std::unique_ptr<ByteSink> sink,
                                                     Rotation rotation, const flow::Header& header,
                                                     const Clock& clock, WriterOptions options,
                                                     Surroundings surroundings) {
  std::unique_ptr<RotatingWriter> writer(
      new RotatingWriter(std::move(rotation), header, clock, options, std::move(surroundings)));
  MITM_TRY(writer->begin(std::move(sink)));
  return writer;
}

/// Can be repeated when it fails.
Status RotatingWriter::begin(std::unique_ptr<ByteSink> sink) {
  auto made = Writer::open(std::move(sink), header_, clock_, options_);
  if (!made) return std::unexpected(std::move(made).error());
  std::unique_ptr<Writer> writer = *std::move(made);
  writer->set_backlog(backlog_);
  std::uint64_t repeated = 0;
  MITM_TRY(facts_.repeat([&](const flow::Record& fact) {
    ++repeated;
    return writer->append(fact);
  }));
  MITM_TRY(writer->flush());
  repeated_ = repeated;
  repeated_size_ = writer->size();
  records_ = 0;
  writer_ = std::move(writer);
  return {};
}

Status RotatingWriter::append(const flow::Record& record) {
  MITM_TRY(status_);
  if (const Time now = clock_.now(); records_ > 0 && is_due(now)) {
    next_ = rotation_;
    next_->advance(now);
    if (status_ = rotate(); !status_) {
      waiting_ = record;
      return status_;
    }
  }
  return put(record);
}

/// A record that the sink did not take is in nevertheless, one that is too large is not.
Status RotatingWriter::put(const flow::Record& record) {
  Status put = writer_->append(record);
  const bool refused =
      !put && (put.error().code == Code::kLimit || put.error().code == Code::kUsage);
  if (refused) return put;
  ++records_;
  facts_.note(record);
  return status_ = std::move(put);
}

Status RotatingWriter::flush() {
  MITM_TRY(status_);
  static_cast<void>(is_due(clock_.now()));
  return status_ = writer_->flush();
}

Status RotatingWriter::resume() {
  if (!ended_) status_ = writer_->resume();
  if (!next_ || (!ended_ && !status_)) return status_;
  if (status_ = rotate(); !status_ || !waiting_) return status_;
  const flow::Record record = *std::exchange(waiting_, std::nullopt);
  return put(record);
}

Result<std::string> RotatingWriter::change_file() {
  if (!status_) return std::unexpected(status_.error());
  if (rotation_.is_last())
    return fail(Code::kUnsupported, "the last file that was asked for is being written");
  Rotation next = rotation_;
  next.advance(clock_.now());
  if (const Status opened = open_next(next.path()); !opened) return std::unexpected(opened.error());
  next_ = std::move(next);
  reopens_ = true;
  if (status_ = rotate(); !status_) return std::unexpected(status_.error());
  return rotation_.path();
}

Status RotatingWriter::open_next(const std::string& path) {
  if (path != rotation_.path()) {
    auto sink = surroundings_.create(path);
    if (!sink) return std::unexpected(std::move(sink).error());
    next_sink_ = *std::move(sink);
    return {};
  }
  if (!surroundings_.reopen) return fail(Code::kUnsupported, path + ": cannot be opened again");
  auto reopened = surroundings_.reopen(path);
  if (!reopened) return std::unexpected(std::move(reopened).error());
  next_sink_ = std::move(reopened->sink);
  goes_on_ = reopened->is_same;
  return {};
}

std::uint64_t RotatingWriter::kept() const {
  const std::uint64_t kept = ended_ ? 0 : writer_->kept();
  return past_.records + (kept > repeated_ ? kept - repeated_ : 0);
}

void RotatingWriter::set_backlog(double fullness) {
  backlog_ = fullness;
  writer_->set_backlog(fullness);
}

std::uint64_t RotatingWriter::hurried_frames() const {
  return past_.hurried_frames + (ended_ ? 0 : writer_->hurried_frames());
}

/// False when no other file may follow.
bool RotatingWriter::is_due(Time now) {
  // With many connections what is repeated may be more than a file shall hold; half of each is new.
  const std::uint64_t size = writer_->size();
  const bool is_half_new = size - repeated_size_ > repeated_size_;
  if (!rotation_.is_due(is_half_new ? size : 0, now)) return false;
  if (!rotation_.is_last()) return true;
  tell_last_over();
  return false;
}

void RotatingWriter::tell_last_over() {
  if (!std::exchange(told_, true) && surroundings_.on_last_over) surroundings_.on_last_over();
}

/// Goes on where it failed before: what was done is not done again.
Status RotatingWriter::rotate() {
  const std::string path = next_->path();
  if (!ended_) MITM_TRY(end_current());
  if (!next_sink_ && reopens_) {
    MITM_TRY(open_next(path));
  } else if (!next_sink_) {
    auto sink = surroundings_.create(path);
    if (!sink) return std::unexpected(std::move(sink).error());
    next_sink_ = *std::move(sink);
  }
  header_.file_number = next_number_;
  if (Status begun = begin(std::move(next_sink_)); !begun) {
    if (surroundings_.on_abandoned && !goes_on_) surroundings_.on_abandoned();
    return begun;
  }
  rotation_ = *std::exchange(next_, std::nullopt);
  ++next_number_;
  ended_ = false;
  goes_on_ = false;
  reopens_ = false;
  return {};
}

Status RotatingWriter::end_current() {
  const std::string path = next_->path();
  // A ring of one file is overwritten, which must be closed before.
  const bool is_same = path == rotation_.path();
  Status created;
  if (!is_same && !next_sink_) {
    auto sink = surroundings_.create(path);
    if (sink) {
      next_sink_ = *std::move(sink);
    } else {
      created = std::unexpected(std::move(sink).error());
    }
  }
  // Who reads what follows in the same file does not look for another one.
  MITM_TRY(end(totals(), created && !goes_on_ ? file_name(path) : ""));
  past_.records += records_;
  past_.hurried_frames += writer_->hurried_frames();
  ended_ = true;
  return created;
}

Status RotatingWriter::finish(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(status_);
  return end(totals, next_file);
}

Status RotatingWriter::end(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(writer_->finish(totals, next_file));
  if (surroundings_.on_closed && !goes_on_) surroundings_.on_closed(rotation_.path());
  return {};
}

flow::Totals RotatingWriter::totals() const {
  return surroundings_.totals ? surroundings_.totals() : flow::Totals{};
}

}  // namespace mitm::archive
