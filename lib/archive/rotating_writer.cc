#include "lib/archive/rotating_writer.h"

#include <utility>

namespace mitm::archive {
namespace {

class MeasuringSink final : public ByteSink {
 public:
  MeasuringSink(std::unique_ptr<ByteSink> sink, std::uint64_t& count)
      : sink_(std::move(sink)), count_(count) {}
  Status write(ByteView bytes) override {
    count_ += bytes.size();
    return sink_->write(bytes);
  }
  Status sync() override { return sink_->sync(); }
  Status close() override { return sink_->close(); }

 private:
  std::unique_ptr<ByteSink> sink_;
  std::uint64_t& count_;
};

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

Status RotatingWriter::begin(std::unique_ptr<ByteSink> sink) {
  size_ = 0;
  has_records_ = false;
  auto writer = Writer::open(std::make_unique<MeasuringSink>(std::move(sink), size_), header_,
                             clock_, options_);
  if (!writer) return std::unexpected(std::move(writer).error());
  writer_ = *std::move(writer);
  MITM_TRY(facts_.repeat([this](const flow::Record& fact) { return writer_->append(fact); }));
  MITM_TRY(writer_->flush());
  repeated_ = size_;
  return {};
}

Status RotatingWriter::append(const flow::Record& record) {
  MITM_TRY(status_);
  if (const Time now = clock_.now(); has_records_ && is_due(now)) {
    status_ = rotate(now);
    MITM_TRY(status_);
  }
  MITM_TRY(writer_->append(record));
  has_records_ = true;
  facts_.note(record);
  return {};
}

Status RotatingWriter::flush() {
  MITM_TRY(status_);
  static_cast<void>(is_due(clock_.now()));
  return writer_->flush();
}

/// False when no other file may follow.
bool RotatingWriter::is_due(Time now) {
  // With many connections what is repeated may be more than a file shall hold; half of each is new.
  const bool is_half_new = size_ - repeated_ > repeated_;
  if (!rotation_.is_due(is_half_new ? size_ : 0, now)) return false;
  if (!rotation_.is_last()) return true;
  tell_last_over();
  return false;
}

void RotatingWriter::tell_last_over() {
  if (!std::exchange(told_, true) && surroundings_.on_last_over) surroundings_.on_last_over();
}

Status RotatingWriter::rotate(Time now) {
  const std::string before = rotation_.path();
  Rotation next = rotation_;
  next.advance(now);
  const std::string path = next.path();
  Result<std::unique_ptr<ByteSink>> sink;
  // A ring of one file is overwritten, which must be closed before.
  const bool is_same = path == before;
  if (!is_same) sink = surroundings_.create(path);
  if (!sink) {
    MITM_TRY(end(totals(), {}));
    return std::unexpected(std::move(sink).error());
  }
  MITM_TRY(end(totals(), file_name(path)));
  if (is_same) sink = surroundings_.create(path);
  if (!sink) return std::unexpected(std::move(sink).error());
  rotation_ = std::move(next);
  ++header_.file_number;
  return begin(*std::move(sink));
}

Status RotatingWriter::finish(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(status_);
  return end(totals, next_file);
}

Status RotatingWriter::end(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(writer_->finish(totals, next_file));
  if (surroundings_.on_closed) surroundings_.on_closed(rotation_.path());
  return {};
}

flow::Totals RotatingWriter::totals() const {
  return surroundings_.totals ? surroundings_.totals() : flow::Totals{};
}

}  // namespace mitm::archive
