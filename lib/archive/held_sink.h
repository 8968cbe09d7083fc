#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// Stands between a writer and its sink and keeps what the sink could not take, so that a frame in
/// the middle of which the disk was full goes on later with the very next octet. One thread. Who
/// writes must look at status() and stop before long: what is written after a failure is kept in
/// memory.
class HeldSink final : public ByteSink {
 public:
  explicit HeldSink(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}

  /// Does not fail: what cannot be written is held.
  Status write(ByteView bytes) override;
  /// The failure because of which something is held.
  [[nodiscard]] const Status& status() const { return status_; }
  /// Writes what is held. Fails as status() does when the sink cannot go on.
  Status retry();
  Status sync() override { return sink_->sync(); }
  /// What is held is lost.
  Status close() override { return sink_->close(); }

  /// Time spent in the sink's write() so far.
  [[nodiscard]] std::chrono::nanoseconds time_in_sink() const { return time_in_sink_; }

 private:
  Status pass_on(ByteView& rest);

  std::unique_ptr<ByteSink> sink_;
  Status status_;
  Bytes held_;
  bool can_go_on_ = true;
  std::chrono::nanoseconds time_in_sink_{};
};

}  // namespace mitm::archive
