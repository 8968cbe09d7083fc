#include "lib/archive/rotating_writer.h"

#include <utility>

namespace mitm::archive {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool was_truncated(const Status& done) { return !done && done.error().code == Code::kCorrupt; }

}  // namespace

Result<std::unique_ptr<Writer>> RotatingWriter::open(std::unique_ptr<ByteSink> sink,
                                                     Rotation rotation, const flow::Header& header,
                                                     const Clock& clock, WriterOptions options,
                                                     Surroundings surroundings) {
  std::unique_ptr<RotatingWriter> writer(
      new RotatingWriter(std::move(rotation), header, clock, options, std::move(surroundings)));
  MITM_TRY(writer->start(std::move(sink)));
  MITM_TRY(writer->begin());
  return writer;
}

Status RotatingWriter::append(const flow::Record& record) {
  MITM_TRY(status_);
  const Time now = clock_.now();
  if (current_.records == 0 || !is_due(now)) return put(record);
  change_ = Change{.to = rotation_};
  change_->to.advance(now);
  waiting_ = record;
  return go_on();
}

/// A record that the sink did not take is in nevertheless, one that is too large is not. The one
/// with which a truncation is noticed goes into the new file.
Status RotatingWriter::put(const flow::Record& record) {
  Status put = current_.writer->append(record);
  const bool refused =
      !put && (put.error().code == Code::kLimit || put.error().code == Code::kUsage);
  if (refused) return put;
  if (was_truncated(put)) {
    waiting_ = record;
  } else {
    ++current_.records;
    facts_.note(record);
  }
  return settle(std::move(put));
}

/// What follows from a call of the current file's writer.
Status RotatingWriter::settle(Status done) {
  status_ = renew_if_truncated(std::move(done));
  return status_ && stage_ == Stage::kBeginning ? go_on() : status_;
}

Status RotatingWriter::renew_if_truncated(Status done) {
  if (!was_truncated(done) || stage_ == Stage::kOver || !surroundings_.renew) return done;
  auto renewed = surroundings_.renew(rotation_.path(), current_.records - kept_of_current());
  if (!renewed) return std::unexpected(std::move(renewed).error());
  past_.records += current_.records;
  past_.hurried_frames += current_.writer->hurried_frames();
  std::vector<flow::Record> gap = std::move(current_.gap);
  for (flow::Record& record : renewed->gap) {
    record.time = clock_.now();
    gap.push_back(std::move(record));
  }
  ++header_.file_number;
  MITM_TRY(start(std::move(renewed->sink)));
  current_.gap = std::move(gap);
  return {};
}

Status RotatingWriter::flush() {
  MITM_TRY(status_);
  static_cast<void>(is_due(clock_.now()));
  return settle(current_.writer->flush());
}

Status RotatingWriter::resume() {
  if (stage_ != Stage::kOver) {
    if (status_ = renew_if_truncated(current_.writer->resume()); !status_) return status_;
  }
  return go_on();
}

Result<std::string> RotatingWriter::change_file() {
  if (!status_) return std::unexpected(status_.error());
  if (rotation_.is_last())
    return fail(Code::kUnsupported, "the last file that was asked for is being written");
  Change change{.to = rotation_};
  change.to.advance(clock_.now());
  MITM_TRY(open_beforehand(change));
  change_ = std::move(change);
  MITM_TRY(go_on());
  return rotation_.path();
}

Status RotatingWriter::open_beforehand(Change& change) {
  const std::string path = change.to.path();
  if (path != rotation_.path()) return create(change);
  if (!surroundings_.reopen) return fail(Code::kUnsupported, path + ": cannot be opened again");
  auto reopened = surroundings_.reopen(path);
  if (!reopened) return std::unexpected(std::move(reopened).error());
  change.sink = std::move(reopened->sink);
  change.goes_on = reopened->is_same;
  return {};
}

Status RotatingWriter::create(Change& change) {
  auto sink = surroundings_.create(change.to.path());
  if (!sink) return std::unexpected(std::move(sink).error());
  change.sink = *std::move(sink);
  return {};
}

Status RotatingWriter::go_on() {
  status_ = take_steps();
  if (!status_ || !waiting_) return status_;
  const flow::Record record = *std::exchange(waiting_, std::nullopt);
  return put(record);
}

/// Until records can be put.
Status RotatingWriter::take_steps() {
  // Somebody who never stops truncating must not keep us here.
  constexpr std::uint64_t kMostFiles = 8;
  const std::uint64_t first = header_.file_number;
  while (stage_ != Stage::kOpen || change_) {
    MITM_TRY(renew_if_truncated(step()));
    if (header_.file_number - first > kMostFiles)
      return fail(Code::kIo, rotation_.path() + ": is truncated again and again");
  }
  return {};
}

Status RotatingWriter::step() {
  switch (stage_) {
    case Stage::kBeginning:
      return begin();
    case Stage::kOpen:
      return end_current();
    case Stage::kOver:
      break;
  }
  return open_next();
}

Status RotatingWriter::start(std::unique_ptr<ByteSink> sink) {
  auto made = Writer::prepare(std::move(sink), header_, clock_, options_);
  if (!made) return std::unexpected(std::move(made).error());
  current_ = {.writer = *std::move(made)};
  current_.writer->set_backlog(backlog_);
  stage_ = Stage::kBeginning;
  return {};
}

Status RotatingWriter::begin() {
  std::uint64_t number = 0;
  // What the sink does not take is in as well.
  const auto write = [&](const flow::Record& record) {
    if (++number <= current_.repeated) return Status{};
    current_.repeated = number;
    return current_.writer->append(record);
  };
  MITM_TRY(facts_.repeat(write));
  for (const flow::Record& record : current_.gap) MITM_TRY(write(record));
  MITM_TRY(current_.writer->flush());
  current_.gap.clear();
  current_.repeated_size = current_.writer->size();
  stage_ = Stage::kOpen;
  return {};
}

Status RotatingWriter::end_current() {
  const std::string path = change_->to.path();
  // A ring of one file is overwritten, which must be closed before.
  const bool is_overwritten = !change_->sink && path == rotation_.path();
  Status created;
  if (!is_overwritten && !change_->sink) created = create(*change_);
  // Who reads what follows in the same file does not look for another one.
  const bool names_next = created && !change_->goes_on;
  MITM_TRY(end(totals(), names_next ? file_name(path) : ""));
  past_.records += current_.records;
  past_.hurried_frames += current_.writer->hurried_frames();
  stage_ = Stage::kOver;
  return created;
}

Status RotatingWriter::open_next() {
  if (!change_->sink) MITM_TRY(create(*change_));
  ++header_.file_number;
  MITM_TRY(start(std::move(change_->sink)));
  rotation_ = std::move(change_->to);
  change_.reset();
  return {};
}

Status RotatingWriter::finish(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(status_);
  Status ended = end(totals, next_file);
  if (!was_truncated(ended)) return ended;
  MITM_TRY(settle(std::move(ended)));
  return finish(surroundings_.totals ? surroundings_.totals() : totals, next_file);
}

Status RotatingWriter::end(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(current_.writer->finish(totals, next_file));
  const bool goes_on = change_ && change_->goes_on;
  if (surroundings_.on_closed && !goes_on) surroundings_.on_closed(rotation_.path());
  return {};
}

std::uint64_t RotatingWriter::kept() const {
  return past_.records + (stage_ == Stage::kOver ? 0 : kept_of_current());
}

std::uint64_t RotatingWriter::kept_of_current() const {
  const std::uint64_t kept = current_.writer->kept();
  return kept > current_.repeated ? kept - current_.repeated : 0;
}

void RotatingWriter::set_backlog(double fullness) {
  backlog_ = fullness;
  current_.writer->set_backlog(fullness);
}

std::uint64_t RotatingWriter::hurried_frames() const {
  return past_.hurried_frames + (stage_ == Stage::kOver ? 0 : current_.writer->hurried_frames());
}

/// False when no other file may follow.
bool RotatingWriter::is_due(Time now) {
  // With many connections what is repeated may be more than a file shall hold; half of each is new.
  const std::uint64_t size = current_.writer->size();
  const bool is_half_new = size - current_.repeated_size > current_.repeated_size;
  if (!rotation_.is_due(is_half_new ? size : 0, now)) return false;
  if (!rotation_.is_last()) return true;
  tell_last_over();
  return false;
}

void RotatingWriter::tell_last_over() {
  if (!std::exchange(told_, true) && surroundings_.on_last_over) surroundings_.on_last_over();
}

flow::Totals RotatingWriter::totals() const {
  return surroundings_.totals ? surroundings_.totals() : flow::Totals{};
}

}  // namespace mitm::archive
