#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>

#include "lib/archive/stored_frame.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// Compresses content into data frames with a checksum. Content that does not compress (images,
/// video, what is compressed already) is soon only stored: that takes a fifth of the time. One
/// thread; the sink must outlive it.
class FrameWriter {
 public:
  /// For set_level(): no compression, whatever the content.
  static constexpr int kStoreLevel = std::numeric_limits<int>::min();

  enum class Then : std::uint8_t {
    kContinue,  ///< may stay in the compressor
    kFlush,     ///< all of it reaches the sink
    kEnd,       ///< all of it reaches the sink and the frame is closed
  };

  /// How a frame is made.
  enum class Method : std::uint8_t {
    kCompress,  ///< at the level that was asked for
    kProbe,     ///< at a fast level, to see whether content compresses again
    kStore,
  };

  FrameWriter(ByteSink& sink, int level);
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  /// Of the frames that are opened from now on.
  void set_level(int level) { level_ = level; }
  /// Opens a frame when none is open.
  Status write(ByteView content, Then then);
  /// Whether `content`, which is long, would only be stored, so that it need not be gathered with
  /// what is around it.
  [[nodiscard]] bool would_store(ByteView content) const;
  /// As write(), of what would be stored.
  Status write_pieces(std::span<const ByteView> pieces);
  /// Of the open frame, which stores: XXH64 of its content with `rest` behind it.
  [[nodiscard]] std::uint64_t hash_with(ByteView rest) const { return stored_.hash_with(rest); }
  /// Asked of each message before it is put into the open frame, or into the next. False when the
  /// frame had better be closed before, because much would only be stored in it though it
  /// compresses.
  bool admits(ByteView message);
  /// Octets put into the open frame; 0 when none is open.
  [[nodiscard]] std::size_t content() const { return content_; }
  /// Of the open frame, or of the next one.
  [[nodiscard]] Method method() const { return method_; }

 private:
  struct Compressor;

  Status begin(ByteView content);
  Status begin_compressed();
  Status compress(ByteView content, Then then);
  void choose_method();
  [[nodiscard]] bool stores() const { return hurries_ || method_ == Method::kStore; }

  ByteSink& sink_;
  int level_;
  bool hurries_ = false;  ///< the open frame is stored because of its level
  Method method_ = Method::kCompress;
  int frames_to_store_ = 0;
  std::size_t content_ = 0;
  std::size_t compressed_ = 0;
  std::size_t stored_in_vain_ = 0;  ///< of the open frame, though it compresses
  std::unique_ptr<Compressor> compressor_;
  StoredFrame stored_;
};

}  // namespace mitm::archive
