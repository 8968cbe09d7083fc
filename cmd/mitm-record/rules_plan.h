#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/flow/facts.h"

namespace mitm::record {

/// What leads traffic to transparent listeners.
struct RulesRequest {
  std::string tool = "nft";               ///< "nft", "iptables" or "pf"
  std::vector<flow::Endpoint> listeners;  ///< one at least, all with ports
  std::optional<std::uint32_t> mark = 1;  ///< of connections that the rules let pass
  std::string user = {};                  ///< whose connections they let pass; empty: nobody's
};

inline constexpr auto kLedPorts = "80, 443";

/// One of the two protocols, as each tool names it and its things.
struct Family {
  const char* name;
  const char* nft;
  const char* iptables;
  const char* ip;
  const char* pf;
  const char* loopback_network;
  const char* loopback;
};

/// Where the rules lead the traffic of one protocol.
struct Led {
  const Family* family;
  flow::Endpoint own;                    ///< what this machine sends
  std::optional<flow::Endpoint> others;  ///< what others send through it; nullopt: nowhere
};

/// Which listener gets what. There can be one only for each protocol and sender, since all of them
/// want the same ports.
struct RulesPlan {
  std::vector<Led> led;
  std::vector<flow::Endpoint> left_over;  ///< listeners that get nothing

  [[nodiscard]] bool serves_others() const;
};
RulesPlan plan_rules(const RulesRequest& request);

/// The comment above all commands: the mitm-record that they are for, and what they do not cover.
std::string rules_heading(const RulesRequest& request, const RulesPlan& plan);
/// Comment lines on what goes past the listeners, and what would cover it.
std::string rules_gaps(const RulesRequest& request, const RulesPlan& plan);
/// The options of a mitm-record that listens at `listeners`.
std::string matching_command(const std::vector<flow::Endpoint>& listeners, const std::string& more);
/// Lines as comments that can be uncommented.
std::string as_comment(const std::string& commands);

}  // namespace mitm::record
