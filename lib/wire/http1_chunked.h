#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "lib/base/error.h"
#include "lib/wire/http1.h"
#include "lib/wire/http1_input.h"
#include "lib/wire/http1_lines.h"
#include "lib/wire/llhttp_judge.h"
#include "lib/wire/oddity_log.h"

namespace mitm::wire {

/// A chunked body (RFC 9112, section 7.1), cut into size lines, data and line ends here, each of
/// which llhttp then judges.
class ChunkedBody {
 public:
  ChunkedBody(LlhttpJudge& judge, const Http1Limits& limits) : judge_(judge), limits_(limits) {}

  /// A head with BodyFraming::kChunked was just judged.
  void begin();

  struct Piece {
    Event event;  ///< BodyData or Trailers
    bool last = false;
  };
  /// Nothing: more input is needed. After an error the bytes it is about are still in `input`.
  Result<std::optional<Piece>> next(Http1Input& input, OddityLog& log);

 private:
  enum class Part : std::uint8_t { kLine, kData, kDataEnd, kTrailers };

  Result<std::optional<Piece>> next_line(Http1Input& input, OddityLog& log);
  Result<std::optional<Piece>> next_data(Http1Input& input);
  Result<std::optional<Piece>> next_data_end(Http1Input& input, OddityLog& log);
  Result<std::optional<Piece>> next_trailers(Http1Input& input, OddityLog& log);
  void enter(Part part);

  LlhttpJudge& judge_;
  Http1Limits limits_;
  Part part_ = Part::kLine;
  SectionScanner scanner_;
  std::uint64_t left_ = 0;  ///< octets of the present chunk's data
};

}  // namespace mitm::wire
