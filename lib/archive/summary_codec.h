#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "lib/archive/summary.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// Summaries as Cap'n Proto messages, compressed, in skippable frames.
namespace mitm::archive {

/// Makes whole frames. One thread.
class SummaryEncoder {
 public:
  SummaryEncoder();
  ~SummaryEncoder();
  SummaryEncoder(const SummaryEncoder&) = delete;
  SummaryEncoder& operator=(const SummaryEncoder&) = delete;

  /// Both fail only when memory is short, and with kLimit when the frame would be larger than
  /// kMaxSkippable. The frame is valid until the next call.
  Result<ByteView> encode(const Index& index);
  Result<ByteView> encode(const Directory& directory);

 private:
  struct Scratch;
  std::unique_ptr<Scratch> scratch_;
};

/// Takes summary frames apart. One thread.
class SummaryDecoder {
 public:
  SummaryDecoder();
  ~SummaryDecoder();
  SummaryDecoder(const SummaryDecoder&) = delete;
  SummaryDecoder& operator=(const SummaryDecoder&) = delete;

  /// Whether the checksum of a whole skippable frame with a summary is right.
  bool is_intact(ByteView frame);
  /// Each of the two loads a whole skippable frame; nullopt when it is damaged or no such summary.
  std::optional<Directory> directory(ByteView frame);
  std::optional<FrameFacts> index(ByteView frame);
  /// Rows of the index that was loaded last.
  [[nodiscard]] std::uint32_t rows() const;
  /// The row with the number `number` of them; nullopt when it is malformed or of a later version.
  [[nodiscard]] std::optional<FlowRow> row(std::uint32_t number) const;
  /// Of the same row what flow it is about, which costs a fraction.
  [[nodiscard]] std::optional<RowKey> key(std::uint32_t number) const;

 private:
  struct Loaded;
  std::unique_ptr<Loaded> loaded_;
};

}  // namespace mitm::archive
