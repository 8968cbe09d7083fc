#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

struct XXH64_state_s;

namespace mitm::archive {

/// zstd frames of raw blocks (RFC 8878, section 3.1.1.2.2), with content checksum: what does not
/// compress, at the price of its checksum. One thread.
class StoredFrame {
 public:
  StoredFrame();
  ~StoredFrame();
  StoredFrame(const StoredFrame&) = delete;
  StoredFrame& operator=(const StoredFrame&) = delete;

  static Status begin(ByteSink& sink);
  /// All of `pieces` is with the sink afterwards; `last` closes the frame, and the next call
  /// belongs to another one. A frame may hold at most kMaxFrameContent.
  Status write(ByteSink& sink, std::span<const ByteView> pieces, bool last);
  /// XXH64 (seed 0) of the open frame's content with `rest` behind it.
  [[nodiscard]] std::uint64_t hash_with(ByteView rest) const;

 private:
  Status end(ByteSink& sink);

  struct FreeHash {
    void operator()(XXH64_state_s* state) const;
  };
  std::unique_ptr<XXH64_state_s, FreeHash> hash_;
  std::unique_ptr<XXH64_state_s, FreeHash> scratch_;
  std::vector<ByteView> block_;  // what is written just now
};

}  // namespace mitm::archive
