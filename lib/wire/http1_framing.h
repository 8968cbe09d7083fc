#pragma once

#include <cstdint>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/wire/http1_fields.h"
#include "lib/wire/http1_start_line.h"
#include "lib/wire/llhttp_judge.h"

/// Heads as a whole: what start line, fields and situation mean together for the body and for what
/// comes after it (RFC 9112, section 6). llhttp decides; what it cannot be shown is cleaned first.
namespace mitm::wire {

/// What is remembered of a request until its final response.
struct Outstanding {
  bool head = false;
  bool connect = false;
  bool upgrade_asked = false;
};

/// A response that turns the connection into something else: 101, or 2xx to CONNECT.
bool switches_protocol(std::uint16_t status, const Outstanding& request);

class HeadReader {
 public:
  /// Looks at the first line of a head that is not complete, where that has come: fails, and
  /// reports oddities, as reading the whole head would. `blank_lines`: some were skipped before.
  static Status check_beginning(Role role, ByteView line, bool blank_lines, OddityLog& log);

  /// Reads the head in `event.raw` and fills in everything else but `event.wire`. The event's
  /// `fields` are valid until the next head is read.
  Status read_request(RequestHead& event, bool blank_lines, OddityLog& log);
  Status read_response(ResponseHead& event, bool blank_lines, const Outstanding& request,
                       OddityLog& log);

  /// For the chunks of the message whose head came last.
  LlhttpJudge& judge() { return judge_; }

 private:
  Result<LlhttpJudge::Verdict> judge_fields(const LlhttpJudge::Start& start,
                                            const FieldFacts& facts, ByteView section);

  std::vector<Field> fields_;
  LlhttpJudge judge_;
  Bytes cleaned_;
};

}  // namespace mitm::wire
