#pragma once

#include <cstdint>

#include "lib/base/error.h"
#include "lib/base/time.h"

namespace mitm::replay {

/// The answer to a request, received in full.
struct Answer {
  std::uint16_t status = 0;
  Duration latency{};     ///< from the first byte sent to the last one received
  bool reusable = false;  ///< the connection can carry another request

  bool operator==(const Answer&) const = default;
};

/// What came of sending a request.
struct Outcome {
  Result<Answer> answer;
  bool sent = false;  ///< it was put on a connection
};

}  // namespace mitm::replay
