#pragma once

#include <string>

#include "cmd/mitm-record/rules_plan.h"

namespace mitm::record {

/// For Linux: as nft_rules(), with iptables and ip6tables. All rules are in chains of ours, which
/// are made anew when they are there already.
std::string iptables_rules(const RulesRequest& request);

}  // namespace mitm::record
