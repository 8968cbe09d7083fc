#pragma once

#include <cstdint>
#include <string>

#include "lib/base/error.h"
#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/flow/facts.h"

namespace mitm::record {

/// What leads traffic to a transparent listener.
struct RulesRequest {
  std::string tool = "nft";  ///< "nft", "iptables" or "pf"
  flow::Endpoint listener;
  std::uint32_t mark = 1;  ///< of connections that the rules let pass
};

/// The commands for a shell, and as comments those that undo them.
std::string rules_text(const RulesRequest& request);

/// All of `--print-rules`; returns the exit status.
Result<int> print_rules(const cli::ParsedOptions& options);

/// The manual's section about transparent mode.
cli::Section transparent_section();

}  // namespace mitm::record
