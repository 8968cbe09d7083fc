#pragma once

#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/proxy/entrance.h"

namespace mitm::record {

/// How traffic arrives at one listening address.
struct WayIn {
  std::string mode;          ///< as the user wrote it, without the address
  proxy::Entrance entrance;  ///< its listener is what to bind
};

/// The flags that say it, under the heading `category`.
std::vector<cli::Flag> ways_in_flags(const char* category);

/// What they say; one way at least.
Result<std::vector<WayIn>> read_ways_in(const cli::ParsedOptions& options);

/// "PORT", "ADDR:PORT" or "[ADDR]:PORT".
Result<flow::Endpoint> parse_listen(const std::string& option, const std::string& text);

}  // namespace mitm::record
