#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// Compresses content into data frames with a checksum. One thread; the sink must outlive it.
class FrameWriter {
 public:
  enum class Then : std::uint8_t {
    kContinue,  ///< may stay in the compressor
    kFlush,     ///< all of it reaches the sink
    kEnd,       ///< all of it reaches the sink and the frame is closed
  };

  FrameWriter(ByteSink& sink, int level);
  ~FrameWriter();
  FrameWriter(const FrameWriter&) = delete;
  FrameWriter& operator=(const FrameWriter&) = delete;

  /// Opens a frame when none is open.
  Status write(ByteView content, Then then);
  /// Octets put into the open frame; 0 when none is open.
  [[nodiscard]] std::size_t content() const { return content_; }
  /// Level of the open frame, or of the last one.
  [[nodiscard]] int level() const { return frame_level_; }

 private:
  struct Compressor;

  Status begin();
  void choose_level();

  ByteSink& sink_;
  const int level_;
  int frame_level_;
  int fast_frames_left_ = 0;
  std::size_t content_ = 0;
  std::size_t compressed_ = 0;
  std::unique_ptr<Compressor> compressor_;
};

}  // namespace mitm::archive
