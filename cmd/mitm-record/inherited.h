#pragma once

#include <csignal>
#include <optional>
#include <vector>

#include "lib/base/descriptor_limit.h"

namespace mitm::record {

/// What this process was started with and changes for itself, so that COMMAND can be started as if
/// by whoever started us.
struct Inherited {
  /// Must be called before anything else runs.
  static Inherited look();

  sigset_t blocked{};
  std::vector<int> ignored;  ///< signals that were ignored
  std::vector<int> closed;   ///< standard descriptors that were not open
  std::optional<DescriptorLimit> descriptors;
};

}  // namespace mitm::record
