#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "lib/archive/summary.h"
#include "lib/base/bytes.h"
#include "lib/flow/assembler.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// Makes the index of each data frame from the records that are put into it. Frames are named by
/// where they begin in the file. One thread; memory is bounded by the flows and connections that
/// are open, and by the rows of one frame.
class IndexBuilder {
 public:
  /// In the order in which they are stored; `frame` is the one in which.
  void add(const flow::Record& record, std::uint64_t frame);
  /// A certificate chain was stored.
  void add_chain(ByteView id, std::uint64_t frame);
  /// From now on stored chains are stored again before they are referred to.
  void forget_chains() { chains_.clear(); }
  /// There are no more records but the archive's end: flows that have not ended get their rows.
  void finish();

  /// The frame should be closed, for its index would become too large.
  [[nodiscard]] bool is_full() const;
  /// There are more rows than one index may hold.
  [[nodiscard]] bool is_overfull() const;
  /// The index of the frame at `frame`, which was closed. Rows that it has no room for are left for
  /// the next.
  Index take(std::uint64_t frame, std::uint64_t frame_size, std::uint64_t content_size);

 private:
  using Frames = std::vector<std::uint64_t>;
  /// The frames with what is known of a connection.
  struct Connection {
    Frames client;
    Frames server;  ///< of the latest one
  };
  struct OpenFlow {
    std::uint64_t first_frame = 0;
    Frames facts;  ///< of its connection, when it began
  };

  void note_time(Time time);
  void note_facts(const flow::Record& record, std::uint64_t frame);
  void note_chains(const flow::TlsFacts& facts, Frames& frames, std::size_t most) const;
  void note_flow(const flow::Record& record, std::uint64_t frame);
  void take_ended(bool unfinished);
  [[nodiscard]] std::size_t rows_that_fit() const;
  std::deque<FlowRow> take_rows();

  flow::Assembler assembler_{flow::Assembler::Keep::kLine};
  std::unordered_map<flow::Key, Connection, flow::KeyHash> connections_;
  std::unordered_map<flow::Key, OpenFlow, flow::KeyHash> flows_;
  std::unordered_map<Bytes, std::uint64_t> chains_;
  FrameFacts facts_;          // of the open frame
  std::deque<FlowRow> rows_;  // with the places of frames instead of distances
  std::size_t text_ = 0;      // of the rows
};

}  // namespace mitm::archive
