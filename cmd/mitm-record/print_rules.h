#pragma once

#include <string>

#include "cmd/mitm-record/rules_plan.h"
#include "lib/base/error.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"

namespace mitm::record {

/// What --print-rules and the flags beside it ask for. Fails when they ask for no transparent
/// listener, and for words that are no tools.
Result<RulesRequest> read_rules_request(const cli::ParsedOptions& options);

/// The commands for a shell, and as comments those that undo them.
std::string rules_text(const RulesRequest& request);

/// All of `--print-rules`; returns the exit status.
Result<int> print_rules(const cli::ParsedOptions& options);

/// The manual's section about transparent mode.
cli::Section transparent_section();

}  // namespace mitm::record
