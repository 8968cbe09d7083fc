#pragma once

#include <cstdint>
#include <string>

#include "cmd/mitm-record/rules_plan.h"

namespace mitm::record {

// What the rules of nftables and of iptables have in common.

/// Commands, and those that take away what they made.
struct Commands {
  std::string doing;
  std::string undoing;
};

/// Whether a redirection finds `listener`. It goes to the loopback address, or to the interface's
/// where others' traffic is redirected (`own` is false); for other listeners the destination has to
/// be named.
bool redirects(const flow::Endpoint& listener, bool own);

/// Of what TPROXY leads. The redirection passes over it, so that either can come and go alone.
std::uint32_t tproxy_mark(const RulesRequest& request);

/// Comments: the commands for TPROXY of what others send, and those that undo them. `add` gives the
/// tool's own of one protocol, routes are here. `when_down`: what becomes of connections while
/// mitm-record does not run.
std::string tproxy_note(const RulesRequest& request, const RulesPlan& plan,
                        void (*add)(const RulesRequest&, const Led&, Commands&),
                        const char* when_down);

}  // namespace mitm::record
