#pragma once

#include <string>

#include "cmd/mitm-record/rules_plan.h"

namespace mitm::record {

/// For Linux: commands of nft that redirect, and as comments those that undo them, those of TPROXY
/// for what others send, and those that undo these. TPROXY works with the redirection or without.
std::string nft_rules(const RulesRequest& request);

}  // namespace mitm::record
