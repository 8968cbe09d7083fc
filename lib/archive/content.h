#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "lib/archive/frame_walker.h"
#include "lib/base/bytes.h"

namespace mitm::archive {

/// The content of one data frame, decompressed and verified. Its buffer is used again for each
/// frame.
class Content {
 public:
  Content();
  ~Content();
  Content(const Content&) = delete;
  Content& operator=(const Content&) = delete;

  /// The whole of a complete frame. False, and empty, when it does not decompress to at most
  /// kMaxFrameContent octets or its checksum is wrong.
  bool load_complete(ByteView frame);
  /// What the checkpoints of a frame vouch for whose beginning is `raw`. Returns the octets of
  /// `raw` that this content needed; 0, and empty, when there is no good checkpoint.
  std::size_t load_verified(ByteView raw);
  /// The same of a frame that is still growing, going on where the last call left off; after
  /// clear() with another frame. No other load may come between.
  std::size_t extend_verified(ByteView raw);

  void clear();
  /// Octets that were decompressed so far, whatever came of them.
  [[nodiscard]] std::uint64_t work() const { return work_; }

  /// Whole messages, the first on an 8-octet boundary; valid until the next load.
  [[nodiscard]] ByteView bytes() const { return {data(), size_}; }
  /// Of the last checkpoint, if the content ends with one.
  [[nodiscard]] std::optional<std::uint64_t> run_id() const;

 private:
  struct Decompressor;
  struct Growth;

  [[nodiscard]] char* data() const { return reinterpret_cast<char*>(buffer_.get()); }

  std::unique_ptr<std::uint64_t[]> buffer_;
  std::size_t size_ = 0;
  std::uint64_t work_ = 0;
  std::unique_ptr<Decompressor> decompressor_;
  std::unique_ptr<Growth> growth_;  // of the frame that load_verified() or extend_verified() reads
};

}  // namespace mitm::archive
