#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// Stands between a writer and its sink. Gathers what is written, because whole blocks that begin
/// where a file's blocks do cost it half of what others do (of a file that is appended to they
/// begin elsewhere), and keeps what the sink could not take, so that a frame in the middle of which
/// the disk was full goes on later with the very next octet. One thread. Who
/// writes must look at status() and stop before long: what is written after a failure is kept in
/// memory.
class HeldSink final : public ByteSink {
 public:
  explicit HeldSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}

  /// What is gathered before it is written.
  static constexpr std::size_t kBlock = 256 * 1024;

  /// Does not fail: what cannot be written is held.
  Status write(ByteView bytes) override { return write_pieces({&bytes, 1}); }
  Status write_pieces(std::span<const ByteView> pieces) override;
  /// Writes what was gathered.
  void flush();
  [[nodiscard]] bool is_empty() const { return held_.empty(); }
  /// The failure because of which something is held.
  [[nodiscard]] const Status& status() const { return status_; }
  /// Writes what is held. Fails as status() does when the sink cannot go on.
  Status retry();
  Status sync() override { return sink_->sync(); }
  /// What is held is lost: flush() comes before.
  Status close() override { return sink_->close(); }

  /// Time spent in the sink's write() so far.
  [[nodiscard]] std::chrono::nanoseconds time_in_sink() const { return time_in_sink_; }

 private:
  void pass_on();

  std::unique_ptr<ByteSink> sink_;
  Status status_;
  Bytes held_;                  // what the sink has not got
  std::uint64_t position_ = 0;  // octets that it has
  bool can_go_on_ = true;
  std::chrono::nanoseconds time_in_sink_{};
};

}  // namespace mitm::archive
