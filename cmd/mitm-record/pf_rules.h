#pragma once

#include <string>

#include "cmd/mitm-record/rules_plan.h"

namespace mitm::record {

/// For FreeBSD, macOS and OpenBSD, and what others send through this machine only.
std::string pf_rules(const RulesRequest& request);

}  // namespace mitm::record
