#pragma once

#include <functional>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/net/address.h"
#include "lib/proxy/settings.h"

namespace mitm::record {

/// The flags that say how servers are reached, under the heading `category`.
std::vector<cli::Flag> ways_out_flags(const char* category);

/// As std::getenv().
using Variables = std::function<const char*(const char* name)>;

/// What they say.
Status read_ways_out(const cli::ParsedOptions& options, const Variables& variables,
                     proxy::Settings& settings);

/// What sockets towards servers are to be bound to, with port 0; one for each family at most.
Result<std::vector<net::SocketAddress>> read_sources(const cli::ParsedOptions& options);

}  // namespace mitm::record
