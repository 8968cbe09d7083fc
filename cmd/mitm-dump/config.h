#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "cmd/mitm-dump/selection.h"
#include "lib/base/error.h"
#include "lib/cli/parse.h"
#include "lib/filter/filter.h"
#include "lib/flow/facts.h"
#include "lib/render/options.h"

namespace mitm::dump {

enum class Format : std::uint8_t { kText, kNdjson, kKeyLog, kBody, kCount, kStats, kStatsNdjson };

struct Config {
  std::vector<std::string> inputs;  ///< paths, '-' for stdin
  bool follow = false;
  bool check = false;         ///< verify instead of printing
  std::string write;          ///< the archive to make instead of printing; empty: none
  bool recover = false;       ///< what is made is what can be saved of a damaged one
  int compression_level = 3;  ///< zstd's
  Format format = Format::kText;
  render::TextOptions text;               ///< `decode` is for every format
  bool bodies = false;                    ///< ndjson
  flow::Side side = flow::Side::kServer;  ///< whose body
  std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();  ///< flows
  std::optional<FlowName> flow;
  std::optional<filter::Filter> filter;
  bool explain = false;  ///< how the filter was understood, and nothing else
};

/// Fails with kUsage when options contradict each other, make no sense or ask for a terminal to be
/// read as a recording.
Result<Config> make_config(const cli::ParsedOptions& options);

}  // namespace mitm::dump
