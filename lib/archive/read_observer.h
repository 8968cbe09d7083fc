#pragma once

#include <cstdint>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// Sees what a Reader comes upon beside the records that it hands out. Offsets are the source's.
class ReadObserver {
 public:
  virtual ~ReadObserver() = default;
  /// A record is about to be handed out that stands in the data frame that begins at `frame`, as it
  /// is stored: with the `source` of the file.
  virtual void on_record(const flow::Record& record, std::uint64_t frame) = 0;
  virtual void on_chain(ByteView id, std::uint64_t frame) = 0;
  /// The records of a whole data frame have been handed out.
  virtual void on_frame(std::uint64_t frame, std::uint64_t size, std::uint64_t content_size) = 0;
  /// A whole skippable frame. `frame` is valid during the call.
  virtual void on_skippable(ByteView frame, std::uint64_t at) = 0;
};

}  // namespace mitm::archive
