#include "cmd/mitm-replay/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/cli/color.h"
#include "lib/cli/numbers.h"

namespace mitm::replay {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{30};

Status read_inputs(const cli::ParsedOptions& options, Config& config) {
  if (!options.positionals().empty()) {
    return fail(Code::kUsage, fmt::format("'{}': filters are not available in this version",
                                          options.positionals().front()));
  }
  config.inputs = options.values("read");
  if (config.inputs.empty()) return fail(Code::kUsage, "nothing to replay: -r FILE is missing");
  if (std::ranges::count(config.inputs, "-") > 1) {
    return fail(Code::kUsage, "-r: standard input can be read only once");
  }
  return {};
}

Status read_route(const cli::ParsedOptions& options, Config& config) {
  config.route.keep_host = options.has("keep-host");
  const auto url = options.value("to");
  if (!url) {
    return config.route.keep_host ? fail(Code::kUsage, "--keep-host means nothing without --to")
                                  : Status();
  }
  auto destination = parse_destination(*url);
  if (!destination) {
    Error error = std::move(destination).error();
    error.message = fmt::format("--to: {}", error.message);
    return std::unexpected(std::move(error));
  }
  config.route.to = *std::move(destination);
  return {};
}

Status read_numbers(const cli::ParsedOptions& options, Config& config) {
  if (options.has("limit")) {
    auto limit = cli::unsigned_value(options, "limit", 0, {.least = 1});
    if (!limit) return std::unexpected(std::move(limit).error());
    config.limit = *limit;
  }
  auto timeout = cli::seconds_value(options, "timeout", kDefaultTimeout);
  if (!timeout) return std::unexpected(std::move(timeout).error());
  if (*timeout <= Duration::zero()) return fail(Code::kUsage, "--timeout: must be more than 0");
  config.timeout = std::chrono::ceil<std::chrono::milliseconds>(*timeout);
  return {};
}

}  // namespace

Result<Config> make_config(const cli::ParsedOptions& options) {
  Config config;
  MITM_TRY(read_inputs(options, config));
  MITM_TRY(read_route(options, config));
  MITM_TRY(read_numbers(options, config));
  config.insecure = options.has("insecure");
  for (const auto& path : options.values("upstream-ca")) config.upstream_ca.emplace_back(path);
  config.dry_run = options.has("dry-run");
  config.quiet = options.has("quiet");
  auto choice = cli::parse_color_choice(options.value_or("color", "auto"));
  if (!choice) return std::unexpected(std::move(choice).error());
  config.color = cli::use_color(*choice, 1);
  return config;
}

}  // namespace mitm::replay
