#include "lib/archive/writer.h"

#include <xxhash.h>

#include <string>
#include <utility>
#include <variant>

#include "lib/archive/chain_cache.h"
#include "lib/archive/format.h"
#include "lib/archive/frame_writer.h"
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
        counted_(*sink_),
        frame_(counted_, options.compression_level),
        summaries_(counted_) {}

  Status append(const flow::Record& record) override;
  Status flush() override;
  Status finish(const flow::Totals& totals, std::string_view next_file) override;

  Status put(const flow::Record& record);

 private:
  struct Chains {
    ChainCache stored;
    std::uint64_t content = 0;  ///< since they were forgotten last
  };

  Status put_chain(const flow::CertificateChain& chain, Time time);
  template <class Encode>
  Status put_message(Encode encode);
  Status seal(Then then);
  Status seal_when_full();
  Status keep(Status status);

  std::unique_ptr<ByteSink> sink_;
  const Clock& clock_;
  const bool flush_each_record_;
  const std::uint64_t run_id_;
  CountingSink counted_;
  FrameWriter frame_;
  SummaryWriter summaries_;
  MessageEncoder encoder_;
  Chains chains_;
  Bytes pending_;              // content since the last checkpoint
  std::uint64_t content_ = 0;  // of the open frame, without what is pending
  Time frame_opened_;
  Status status_;
};

Status StreamWriter::append(const flow::Record& record) {
  MITM_TRY(status_);
  if (std::holds_alternative<flow::Checkpoint>(record.event) ||
      std::holds_alternative<flow::ArchiveEnd>(record.event)) {
    return fail(Code::kUsage, "the archive writer makes checkpoint and end records itself");
  }
  MITM_TRY(put(record));
  return flush_each_record_ ? flush() : Status{};
}

Status StreamWriter::put(const flow::Record& record) {
  if (const auto* tls = std::get_if<flow::TlsEstablished>(&record.event)) {
    const auto& chain = tls->facts.chain;
    // A chain without certificates was lost: its id is all there is to store, until it comes again.
    const bool has_content = chain != nullptr && !chain->certificates.empty();
    if (has_content && chains_.stored.use(chain->id) == nullptr) {
      MITM_TRY(put_chain(*chain, record.time));
      chains_.stored.add(chain);
    }
  }
  MITM_TRY(put_message([&] { return encoder_.encode(record); }));
  summaries_.add(record);
  return seal_when_full();
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
  if ((!fits || !frame_.admits(*message)) && !is_first) {
    MITM_TRY(seal(Then::kEnd));
    message = encode();  // the encoder made a checkpoint since
  }
  pending_ += *message;
  chains_.content += message->size();
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
  MITM_TRY(status_);
  if (pending_.empty()) return {};
  const Duration age = clock_.now() - frame_opened_;
  const bool is_old = frame_.content() > 0 && (age >= kMaxFrameAge || age < Duration::zero());
  return seal(is_old ? Then::kEnd : Then::kFlush);
}

/// Hands the pending content, followed by a checkpoint, to the frame.
Status StreamWriter::seal(Then then) {
  if (pending_.empty() && frame_.content() == 0) return {};
  const Time now = clock_.now();
  if (frame_.content() == 0) frame_opened_ = now;
  if (!pending_.empty()) {
    const flow::Checkpoint checkpoint{.length = pending_.size(),
                                      .xxh64 = XXH64(pending_.data(), pending_.size(), 0),
                                      .run_id = run_id_};
    const auto message = encoder_.encode(flow::Record{.time = now, .event = checkpoint});
    if (!message) return keep(std::unexpected(message.error()));
    pending_ += *message;
  }
  Status written = frame_.write(pending_, then);
  content_ += pending_.size();
  pending_.clear();
  if (written && then == Then::kEnd) written = summaries_.end_frame(std::exchange(content_, 0));
  return keep(std::move(written));
}

Status StreamWriter::finish(const flow::Totals& totals, std::string_view next_file) {
  MITM_TRY(status_);
  summaries_.finish_flows();
  while (summaries_.is_overfull()) {
    MITM_TRY(put({.time = clock_.now(), .event = flow::Statistics{totals}}));
  }
  const flow::ArchiveEnd end{.totals = totals,
                             .next_file = std::string(next_file),
                             .summarized = summaries_.will_finish()};
  MITM_TRY(put({.time = clock_.now(), .event = end}));
  MITM_TRY(seal(Then::kEnd));
  MITM_TRY(keep(summaries_.finish()));
  return keep(sink_->close());
}

Status StreamWriter::keep(Status status) {
  if (!status) status_ = status;
  return status;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(std::unique_ptr<ByteSink> sink,
                                             const flow::Header& header, const Clock& clock,
                                             WriterOptions options) {
  auto writer = std::make_unique<StreamWriter>(std::move(sink), clock, options, header.run_id);
  MITM_TRY(writer->put({.time = clock.now(), .event = header}));
  MITM_TRY(writer->flush());
  return writer;
}

}  // namespace mitm::archive
