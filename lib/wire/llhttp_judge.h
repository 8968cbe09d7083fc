#pragma once

#include <cstdint>
#include <memory>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/wire/http1.h"

namespace mitm::wire {

/// llhttp, asked one question at a time about pieces that were cut out before: what does this head
/// mean for the body, how long is this chunk, is this trailer section right. Not movable: llhttp
/// holds pointers into it.
class LlhttpJudge {
 public:
  /// What the start line and the situation say, in terms llhttp knows. Methods are not among them,
  /// because llhttp refuses those it has not heard of, and none but CONNECT changes the framing.
  struct Start {
    Role role = Role::kRequest;
    bool http10 = false;
    std::uint16_t status = 0;  ///< responses
    bool no_body = false;      ///< responses: whatever the fields say
  };

  struct Verdict {
    BodyFraming framing = BodyFraming::kNone;
    std::uint64_t length = 0;
    bool keep_alive = false;  ///< by version and Connection, whatever the framing
    bool upgrade = false;     ///< Upgrade, and Connection: upgrade
  };

  LlhttpJudge();
  ~LlhttpJudge();
  LlhttpJudge(const LlhttpJudge&) = delete;
  LlhttpJudge& operator=(const LlhttpJudge&) = delete;

  /// `field_section` is everything after the start line, through the blank line, with CRLF ends.
  Result<Verdict> judge_head(const Start& start, ByteView field_section);

  /// After a head with BodyFraming::kChunked, in the order of the wire: the line with the size (0
  /// for the last chunk), then its data in any pieces, then its CRLF, and at last the trailer
  /// section.
  Result<std::uint64_t> judge_chunk_line(ByteView line);
  Status judge_chunk_bytes(ByteView bytes);
  Status judge_trailers(ByteView section);

 private:
  struct Parser;
  Status execute(ByteView bytes);
  std::unique_ptr<Parser> parser_;
};

}  // namespace mitm::wire
