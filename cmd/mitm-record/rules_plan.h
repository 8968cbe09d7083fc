#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/network.h"
#include "lib/flow/facts.h"

namespace mitm::record {

/// What leads traffic to transparent listeners.
struct RulesRequest {
  std::string tool = "nft";                   ///< "nft", "iptables" or "pf"
  std::vector<flow::Endpoint> listeners;      ///< one at least, all with ports
  std::optional<std::uint32_t> mark = 1;      ///< of connections that the rules let pass
  std::string user = {};                      ///< whose connections they let pass; empty: nobody's
  std::string group = {};                     ///< that --user names beside the user
  Networks allowed = {};                      ///< of others whose traffic is led; empty: all
  std::vector<std::string> other_modes = {};  ///< that are not transparent, each with its address
};

inline constexpr auto kLedPorts = "80, 443";
/// Where HTTP/3 goes, over UDP.
inline constexpr auto kQuicPort = 443;

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
  Networks sources;                      ///< of `others` those alone, if there are any
  /// What would get what others send, did --allow name a network of this protocol.
  std::optional<flow::Endpoint> shut_out;
};

/// Which listener gets what. There can be one only for each protocol and sender, since all of them
/// want the same ports.
struct RulesPlan {
  std::vector<Led> led;
  std::vector<flow::Endpoint> left_over;  ///< listeners that get nothing

  [[nodiscard]] bool serves_others() const;
  /// Whether --allow keeps others of some protocol out.
  [[nodiscard]] bool shuts_out() const;
};
RulesPlan plan_rules(const RulesRequest& request);

/// The comment above all commands: the mitm-record that they are for, and what they do not cover.
std::string rules_heading(const RulesRequest& request, const RulesPlan& plan);
/// Comment lines on what goes past the listeners and what would cover it, and on what is refused.
std::string rules_limits(const RulesRequest& request, const RulesPlan& plan);
/// As a comment, the mitm-record that listens at `listeners` instead of those of `request`.
std::string matching_command(const RulesRequest& request,
                             const std::vector<flow::Endpoint>& listeners);
/// "192.0.2.0/24, 198.51.100.7"
std::string listed(const Networks& networks, const char* separator);
/// Lines as comments that can be uncommented.
std::string as_comment(const std::string& commands);

}  // namespace mitm::record
