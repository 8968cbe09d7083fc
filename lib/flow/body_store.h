#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "lib/base/error.h"
#include "lib/base/spool.h"
#include "lib/flow/assembler.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// A piece of what a flow carried beside HTTP bodies.
struct Piece {
  Time time;
  Side sender = Side::kClient;
  Kind kind = Kind::kTcp;    ///< kTcp, kWebSocket or kDns
  std::uint8_t opcode = 0;   ///< WebSocket
  bool final = true;         ///< WebSocket
  bool compressed = false;   ///< WebSocket
  std::uint64_t offset = 0;  ///< of its bytes, see Transcript::bytes
  std::uint32_t size = 0;
};

/// Raw bytes, WebSocket and DNS messages of a flow in the order in which they came. Spooled as a
/// whole, so that a flow of many small pieces needs no more memory than one of few.
class Transcript {
 public:
  Status append(const Record& record, const Piece& piece, ByteView data);
  [[nodiscard]] bool empty() const { return spool_.size() == 0; }
  /// The piece that begins at `position`, which is 0 at first and then moved on; nullopt at the
  /// end.
  Result<std::optional<Piece>> next(std::uint64_t& position) const;
  /// The bytes of a piece; the transcript must outlive what is returned.
  [[nodiscard]] SpoolSource bytes(const Piece& piece) const {
    return {spool_, piece.offset, piece.size};
  }

 private:
  Spool spool_;
};

/// The bytes of one flow.
struct FlowBodies {
  Spool request;  ///< as recorded: transfer-decoded, content-encoding untouched
  Spool response;
  Transcript transcript;

  [[nodiscard]] const Spool& body(Side side) const {
    return side == Side::kClient ? request : response;
  }
};

/// Keeps the bytes of open flows until somebody takes them. Show it each record before the
/// assembler, and take() what is kept of each flow that the assembler gives out. One thread.
class BodyStore {
 public:
  /// Fails only when a temporary file cannot be written.
  Status add(const Record& record);
  /// Empty bodies when nothing was kept.
  std::unique_ptr<FlowBodies> take(std::uint16_t source, FlowId id);

 private:
  std::unordered_map<Key, std::unique_ptr<FlowBodies>, KeyHash> flows_;
};

}  // namespace mitm::flow
