#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/flow/flow.h"

namespace mitm::dump {

/// What people call a flow: "12", or "a3f9:12" with the beginning of its run's id.
struct FlowName {
  flow::FlowId id = 0;
  std::string run;  ///< lower-case hexadecimal digits that the run's 16 begin with; may be empty

  bool operator==(const FlowName&) const = default;
  [[nodiscard]] bool matches(const flow::Flow& flow) const;
};

/// kUsage for what is no such name.
Result<FlowName> parse_flow_name(std::string_view text);

/// Keeps account of which flows a name has been found to mean.
class Selection {
 public:
  explicit Selection(FlowName name) : name_(std::move(name)) {}

  /// Whether `flow` is meant; remembers it.
  bool take(const flow::Flow& flow);
  [[nodiscard]] const FlowName& name() const { return name_; }
  /// After the last flow: an error unless exactly one run had the flow.
  [[nodiscard]] Status check() const;

 private:
  FlowName name_;
  std::set<std::uint64_t> runs_;
};

}  // namespace mitm::dump
