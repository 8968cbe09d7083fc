#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/parse.h"
#include "lib/replay/outgoing.h"

namespace mitm::replay {

/// What the user asked for, checked. Nothing is opened yet.
struct Config {
  std::vector<std::string> inputs;  ///< paths, or "-"; never empty
  Route route;
  bool insecure = false;
  std::vector<std::filesystem::path> upstream_ca;
  std::optional<std::uint64_t> limit;
  std::chrono::milliseconds timeout{};
  bool dry_run = false;
  bool quiet = false;
  bool color = false;
};

Result<Config> make_config(const cli::ParsedOptions& options);

}  // namespace mitm::replay
