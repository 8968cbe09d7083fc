#pragma once

#include <string>
#include <vector>

#include "cmd/mitm-record/ways_in.h"
#include "lib/base/network.h"
#include "lib/cli/diagnostics.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/proxy/credentials.h"

namespace mitm::record {

/// Who may come in, as the user said it.
struct Access {
  Networks allowed;
  std::vector<std::string> logins;  ///< "USER:PASSWORD" or "@FILE"
};

/// The flags that say it, under the heading `category`.
std::vector<cli::Flag> access_flags(const char* category);

/// The networks of --allow.
Result<Networks> read_allowed(const cli::ParsedOptions& options);

/// What they say, having seen to it that `ways` are no open proxy: fails for one that other
/// machines reach and nothing restricts, and marks those for which Access::allowed is asked.
Result<Access> read_access(const cli::ParsedOptions& options, std::vector<WayIn>& ways);

/// The logins, with those of files; warns of files that others can read.
Result<proxy::Credentials> load_credentials(const std::vector<std::string>& logins,
                                            const cli::Diagnostics& diagnostics);

}  // namespace mitm::record
