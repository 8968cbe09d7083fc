#pragma once

#include <vector>

#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/tls/ca.h"

namespace mitm::ca {

/// What a new CA is to be: the flags, under the heading `category`, and what was typed. Whatever
/// was not given stays as it is in `defaults`.
std::vector<cli::Flag> ca_option_flags(const char* category);
Result<tls::CaOptions> read_ca_options(const cli::ParsedOptions& options,
                                       tls::CaOptions defaults = {});

}  // namespace mitm::ca
