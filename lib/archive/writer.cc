#include "lib/archive/writer.h"

#include <xxhash.h>

#include <string>
#include <utility>
#include <variant>

#include "lib/archive/chain_cache.h"
#include "lib/archive/format.h"
#include "lib/archive/frame_writer.h"
#include "lib/archive/held_sink.h"
#include "lib/archive/level_ladder.h"
#include "lib/archive/message.h"
#include "lib/archive/summary_writer.h"

namespace mitm::archive {
namespace {

using Then = FrameWriter::Then;

/// No checkpoint message is larger.
constexpr std::size_t kCheckpointRoom = 128;

class StreamWriter final : public Writer {
 public:
  StreamWriter(std::unique_ptr<ByteSink> sink, const Clock& clock, WriterOptions options,
               std::uint64_t run_id)
      : sink_(std::move(sink)),
        clock_(clock),
        flush_each_record_(options.flush_each_record),
        run_id_(run_id),
        counted_(sink_),
        frame_(counted_, options.compression_level),
        summaries_(counted_),
        ladder_(options.compression_level),
        syncs_(options.sync, clock) {}

  Status append(const flow::Record& record) override;
  Status flush() override;
  Status finish(const flow::Totals& totals, std::string_view next_file) override;
  Status resume() override;
  [[nodiscard]] std::uint64_t kept() const override { return kept_; }
  [[nodiscard]] std::uint64_t size() const override { return counted_.position(); }
  void set_backlog(double fullness) override { backlog_ = fullness; }
  [[nodiscard]] std::uint64_t hurried_frames() const override { return ladder_.hurried(); }

  Status put(const flow::Record& record);

 private:
  struct Chains {
    ChainCache stored;
    std::uint64_t content = 0;  ///< since they were forgotten last
  };

  Status store_chain(const std::shared_ptr<const flow::CertificateChain>& chain, Time time);
  Status put_chain(const flow::CertificateChain& chain, Time time);
  template <class Encode>
  Status put_message(Encode encode);
  [[nodiscard]] bool may_write_through(ByteView data) const;
  Status write_through(const EncodedMessage& message);
  Status seal(Then then);
  Status seal_when_full();
  void open_frame(Time now);
  Status put_end(const flow::Totals& totals, std::string_view next_file);
  Status write_out();
  Status sync();
  [[nodiscard]] Status status() const { return status_ ? sink_.status() : status_; }
  Status keep(Status status);

  HeldSink sink_;
  const Clock& clock_;
  const bool flush_each_record_;
  const std::uint64_t run_id_;
  CountingSink counted_;
  FrameWriter frame_;
  SummaryWriter summaries_;
  MessageEncoder encoder_;
  Chains chains_;
  Bytes pending_;                // content since the last checkpoint, but for what is unvouched_
  std::uint64_t unvouched_ = 0;  // octets that were, since the frame began
  std::uint64_t content_ = 0;    // of the open frame, without what is pending
  Time frame_opened_;
  bool unflushed_ = false;  // the compressor may hold what was handed to it
  bool ended_ = false;      // the archive's end was put
  LevelLadder ladder_;
  double backlog_ = 0;
  std::chrono::nanoseconds worked_{};
  SyncSchedule syncs_;
  std::uint64_t noted_ = 0;     // octets of which syncs_ knows
  std::uint64_t appended_ = 0;  // records, as the next two
  std::uint64_t sealed_ = 0;    // that have left the compressor
  std::uint64_t kept_ = 0;      // that had left it when the sink was last well
  Status status_;               // of what no waiting mends
};

Status StreamWriter::append(const flow::Record& record) {
  MITM_TRY(status());
  if (std::holds_alternative<flow::Checkpoint>(record.event) ||
      std::holds_alternative<flow::ArchiveEnd>(record.event)) {
    return fail(Code::kUsage, "the archive writer makes checkpoint and end records itself");
  }
  MITM_TRY(put(record));
  ++appended_;
  return flush_each_record_ && sink_.status() ? flush() : sink_.status();
}

Status StreamWriter::resume() {
  MITM_TRY(status_);
  return sink_.retry();
}

Status StreamWriter::put(const flow::Record& record) {
  if (const auto* tls = std::get_if<flow::TlsEstablished>(&record.event)) {
    MITM_TRY(store_chain(tls->facts.chain, record.time));
    MITM_TRY(store_chain(tls->facts.client_chain, record.time));
  }
  MITM_TRY(put_message([&] { return encoder_.encode(record); }));
  summaries_.add(record);
  return seal_when_full();
}

/// Unless it is stored already.
Status StreamWriter::store_chain(const std::shared_ptr<const flow::CertificateChain>& chain,
                                 Time time) {
  // A chain without certificates was lost: its id is all there is to store, until it comes again.
  const bool has_content = chain != nullptr && !chain->certificates.empty();
  if (!has_content || chains_.stored.use(chain->id) != nullptr) return {};
  MITM_TRY(put_chain(*chain, time));
  chains_.stored.add(chain);
  return {};
}

Status StreamWriter::put_chain(const flow::CertificateChain& chain, Time time) {
  MITM_TRY(put_message([&] { return encoder_.encode(chain, time); }));
  summaries_.add_chain(chain.id);
  return {};
}

/// Puts a message where its frame has room for it and for the checkpoint after it.
template <class Encode>
Status StreamWriter::put_message(Encode encode) {
  auto message = encode();
  if (!message) return std::unexpected(std::move(message).error());
  const std::size_t room_needed = pending_.size() + message->size() + kCheckpointRoom;
  const bool fits = frame_.content() + room_needed <= kMaxFrameContent;
  const bool is_first = frame_.content() == 0 && pending_.empty();
  if ((!fits || !frame_.admits(message->data.empty() ? message->head : message->data)) &&
      !is_first) {
    MITM_TRY(seal(Then::kEnd));
    message = encode();  // the encoder made a checkpoint since
  }
  chains_.content += message->size();
  if (!message->data.empty() && may_write_through(message->data)) {
    MITM_TRY(write_through(*message));
  } else {
    message->append_to(pending_);
  }
  if (chains_.content >= kChainRepeat) {
    chains_ = {};
    summaries_.forget_chains();
  }
  return {};
}

Status StreamWriter::seal_when_full() {
  if (summaries_.is_full()) return seal(Then::kEnd);
  return pending_.size() < kCheckpointEvery ? Status{} : seal(Then::kContinue);
}

Status StreamWriter::flush() {
  MITM_TRY(status());
  if (!pending_.empty() || unvouched_ > 0 || unflushed_) {
    const Duration age = clock_.now() - frame_opened_;
    const bool is_old = frame_.content() > 0 && (age >= kMaxFrameAge || age < Duration::zero());
    MITM_TRY(seal(is_old ? Then::kEnd : Then::kFlush));
  }
  if (std::exchange(noted_, counted_.position()) != counted_.position()) syncs_.note_written();
  MITM_TRY(write_out());
  return syncs_.is_due() ? sync() : Status{};
}

/// Hands what left the compressor to the system.
Status StreamWriter::write_out() {
  const auto start = std::chrono::steady_clock::now();
  sink_.flush();
  worked_ += std::chrono::steady_clock::now() - start;
  if (sink_.status()) kept_ = sealed_;
  return sink_.status();
}

/// One that fails is told once: what it was to save cannot be saved any more.
Status StreamWriter::sync() {
  syncs_.note_synced();
  return sink_.sync();
}

/// Before the frame's first checkpoint, whose checksum the frame works out anyway.
bool StreamWriter::may_write_through(ByteView data) const {
  return (content_ == 0 || unvouched_ > 0) && frame_.would_store(data);
}

/// What is long, and only stored, is neither copied nor hashed twice.
Status StreamWriter::write_through(const EncodedMessage& message) {
  if (frame_.content() == 0) open_frame(clock_.now());
  const ByteView pieces[] = {pending_, message.head, message.data, message.padding()};
  const auto start = std::chrono::steady_clock::now();
  Status written = frame_.write_pieces(pieces);
  worked_ += std::chrono::steady_clock::now() - start;
  content_ += pending_.size() + message.size();
  unvouched_ += pending_.size() + message.size();
  pending_.clear();
  return keep(std::move(written));
}

/// Hands the pending content, followed by a checkpoint, to the frame.
Status StreamWriter::seal(Then then) {
  if (pending_.empty() && frame_.content() == 0) return {};
  const Time now = clock_.now();
  if (!pending_.empty() || unvouched_ > 0) {
    const std::uint64_t hash =
        unvouched_ > 0 ? frame_.hash_with(pending_) : XXH64(pending_.data(), pending_.size(), 0);
    const flow::Checkpoint checkpoint{
        .length = std::exchange(unvouched_, 0) + pending_.size(), .xxh64 = hash, .run_id = run_id_};
    const auto message = encoder_.encode(flow::Record{.time = now, .event = checkpoint});
    if (!message) return keep(std::unexpected(message.error()));
    message->append_to(pending_);
  }
  if (frame_.content() == 0) open_frame(now);
  const auto start = std::chrono::steady_clock::now();
  Status written = frame_.write(pending_, then);
  content_ += pending_.size();
  pending_.clear();
  if (written && then == Then::kEnd) written = summaries_.end_frame(std::exchange(content_, 0));
  worked_ += std::chrono::steady_clock::now() - start;
  unflushed_ = then == Then::kContinue;
  if (!unflushed_) sealed_ = appended_;
  return keep(std::move(written));
}

void StreamWriter::open_frame(Time now) {
  frame_opened_ = now;
  frame_.set_level(ladder_.next(backlog_, {.all = worked_, .writing = sink_.time_in_sink()}));
}

Status StreamWriter::finish(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(status());
  if (!std::exchange(ended_, true)) MITM_TRY(put_end(totals, next_file));
  MITM_TRY(write_out());
  if (syncs_.at_close()) MITM_TRY(sync());
  return keep(sink_.close());
}

Status StreamWriter::put_end(const flow::Totals& totals, std::string_view next_file) {
  summaries_.finish_flows();
  while (summaries_.is_overfull()) {
    MITM_TRY(put({.time = clock_.now(), .event = flow::Statistics{totals}}));
  }
  const flow::ArchiveEnd end{.totals = totals,
                             .next_file = std::string(next_file),
                             .summarized = summaries_.will_finish()};
  MITM_TRY(put({.time = clock_.now(), .event = end}));
  MITM_TRY(seal(Then::kEnd));
  return keep(summaries_.finish());
}

Status StreamWriter::keep(Status status) {
  if (!status) status_ = status;
  return status;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(std::unique_ptr<ByteSink> sink,
                                             const flow::Header& header, const Clock& clock,
                                             WriterOptions options) {
  auto writer = prepare(std::move(sink), header, clock, options);
  if (writer) MITM_TRY((*writer)->flush());
  return writer;
}

Result<std::unique_ptr<Writer>> Writer::prepare(std::unique_ptr<ByteSink> sink,
                                                const flow::Header& header, const Clock& clock,
                                                WriterOptions options) {
  auto writer = std::make_unique<StreamWriter>(std::move(sink), clock, options, header.run_id);
  MITM_TRY(writer->put({.time = clock.now(), .event = header}));
  return writer;
}

}  // namespace mitm::archive
