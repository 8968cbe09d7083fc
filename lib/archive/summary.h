#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "lib/base/time.h"
#include "lib/flow/flow.h"

/// What summary frames tell, as plain values; formats/summary.capnp says more about each.
namespace mitm::archive {

/// A flow without its heads' octets and fields, TLS facts, certificates and trailers: enough for
/// the line that is printed of it.
struct FlowRow {
  flow::Flow flow;
  bool unfinished = false;        ///< its end is not in the file
  bool clipped = false;           ///< only ids, times and frames are here: the rest is too long
  std::uint64_t first_frame = 0;  ///< octets from the beginning of the frame that its first record
                                  ///< is in to that of the frame in which it ended
  std::vector<std::uint64_t> fact_frames;  ///< the same of frames with facts of its connection
};

/// What flow a row is about.
struct RowKey {
  flow::FlowId flow = 0;
  std::uint64_t run = 0;
};

/// About one data frame.
struct FrameFacts {
  std::uint64_t frame_size = 0;    ///< octets in the file
  std::uint64_t content_size = 0;  ///< octets, decompressed
  std::uint32_t records = 0;
  Time first_time;
  Time last_time;
  std::uint32_t gaps = 0;  ///< that are not about a single flow

  bool operator==(const FrameFacts&) const = default;
};

struct Index {
  FrameFacts frame;
  std::deque<FlowRow> rows;  ///< they are large, and seldom moved
};

struct Directory {
  struct Entry {
    std::uint64_t index = 0;  ///< octets from the beginning of the index frame to the directory's
    std::uint32_t rows = 0;
    std::uint64_t lowest_flow = 0;
    std::uint64_t highest_flow = 0;
    Time first_time;
    Time last_time;

    bool operator==(const Entry&) const = default;
  };

  std::uint64_t previous = 0;  ///< octets from the beginning of the directory before; 0: none
  std::vector<Entry> entries;

  bool operator==(const Directory&) const = default;
};

}  // namespace mitm::archive
