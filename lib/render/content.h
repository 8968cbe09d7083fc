#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/flow.h"

namespace mitm::render {

/// What the head of a message says about its body. Empty strings when it says nothing.
struct ContentFacts {
  std::string type;      ///< Content-Type
  std::string encoding;  ///< Content-Encoding; empty for "identity" too
};
ContentFacts content_facts(const flow::Flow& flow, flow::Side sender);

/// Takes bytes, valid during the call. False: no more wanted.
using ContentConsumer = std::function<bool(ByteView)>;

/// How reading a body went.
struct ContentEnd {
  std::uint64_t size = 0;            ///< octets given out
  std::optional<Error> undecodable;  ///< why there are not more
  bool stuck = false;                ///< because of what the source holds, not of what it lacks
};

/// Gives out what `source` holds, undoing `encoding` (a Content-Encoding; empty: as it is). What
/// cannot be decoded is not a failure: the result says so after what could be. Fails only when
/// `source` does.
Result<ContentEnd> read_content(ByteSource& source, ByteView encoding, const ContentConsumer& out);

}  // namespace mitm::render
