#pragma once

#include <cstdint>
#include <memory>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/wire/content_coding.h"

namespace mitm::wire {

/// One coding, streaming.
class CodingStage {
 public:
  virtual ~CodingStage() = default;
  /// Decodes all of `input`, or until the consumer wants no more. What could be decoded is handed
  /// out before an error is returned.
  virtual Status decode(ByteView input, const ByteConsumer& out) = 0;
  /// No more input: fails when the coded data is not complete. No data at all counts as complete.
  [[nodiscard]] virtual Status finish() const = 0;
};

/// Octets handed to a consumer at a time.
inline constexpr std::size_t kCodingBuffer = 64 * 1024;

/// RFC 1952, any number of members.
std::unique_ptr<CodingStage> make_gzip_stage();
/// RFC 1950 as RFC 9110 says, or RFC 1951 without the wrapper as some servers send.
std::unique_ptr<CodingStage> make_deflate_stage();
/// RFC 7932; large windows are refused.
std::unique_ptr<CodingStage> make_brotli_stage();
/// RFC 8878, any number of frames, none with a larger window.
std::unique_ptr<CodingStage> make_zstd_stage(unsigned max_window_log);

}  // namespace mitm::wire
