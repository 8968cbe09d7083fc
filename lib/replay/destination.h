#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/facts.h"

namespace mitm::replay {

/// A server to send requests to.
struct Destination {
  bool tls = false;
  flow::Target target;  ///< also the name that its certificate must be for

  bool operator==(const Destination&) const = default;
};

/// "http://host[:port]" or "https://host[:port]", with at most a "/" behind it (RFC 9110, section
/// 4.2). Everything else is kUsage.
Result<Destination> parse_destination(ByteView url);

/// "http" or "https".
std::string scheme_of(const Destination& destination);

/// What a Host field says for it: without the port where that is the scheme's default (RFC 9110,
/// section 7.2).
std::string authority_of(const Destination& destination);

}  // namespace mitm::replay
