#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// Undoing Content-Encoding (RFC 9110, section 8.4.1): gzip, x-gzip, deflate (with and without the
/// zlib wrapper), br (RFC 7932), zstd (RFC 8878), identity, and lists of them.
namespace mitm::wire {

struct ContentLimits {
  std::uint64_t max_output = std::uint64_t{1} << 30;  ///< octets, of every stage of a list
  std::size_t max_codings = 4;                        ///< in one list
  unsigned max_zstd_window_log = 23;  ///< 8 MiB, as RFC 8878, section 3.1.1.1.2 advises
};

/// Takes decoded bytes, at most 64 KiB at a time, valid during the call. False: no more wanted.
using ByteConsumer = std::function<bool(ByteView)>;

class CodingStage;

/// Decodes a body piece by piece. Memory is bounded by the codings' windows (at most 8 MiB for
/// zstd, 16 MiB for br), whatever the input. An error is final and follows whatever could be
/// decoded.
class ContentDecoder {
 public:
  /// `content_encoding` is the field's value. Fails with kUnsupported for an unknown coding.
  static Result<ContentDecoder> create(ByteView content_encoding, const ContentLimits& limits = {});
  ContentDecoder(ContentDecoder&&) noexcept;
  ContentDecoder& operator=(ContentDecoder&&) noexcept;
  ~ContentDecoder();

  Status feed(ByteView input, const ByteConsumer& out);
  /// No more input: fails with kCorrupt when the body was cut short.
  Status finish();

 private:
  ContentDecoder();
  Status decode_from(std::size_t stage, ByteView input, const ByteConsumer& out);

  std::vector<std::unique_ptr<CodingStage>> stages_;  ///< in the order of decoding
  std::vector<std::uint64_t> produced_;               ///< octets that came out of each stage
  std::uint64_t max_output_ = 0;
  bool enough_ = false;  ///< the consumer wants no more
  Status status_;        ///< the first error
};

}  // namespace mitm::wire
