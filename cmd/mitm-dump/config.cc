#include "cmd/mitm-dump/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "cmd/mitm-dump/filter_options.h"
#include "lib/cli/color.h"
#include "lib/cli/numbers.h"

namespace mitm::dump {
namespace {

Status check_inputs(const cli::ParsedOptions& options) {
  const auto& inputs = options.values("read");
  if (inputs.empty()) {
    if (options.has("explain")) return {};
    return fail(Code::kUsage, "no recording to read", "give one with -r FILE, or -r - for stdin");
  }
  const auto from_stdin = std::ranges::count(inputs, "-");
  if (from_stdin > 1) return fail(Code::kUsage, "standard input cannot be read twice");
  if (from_stdin == 1 && ::isatty(STDIN_FILENO) == 1) {
    return fail(Code::kUsage, "standard input is a terminal and holds no recording",
                "redirect it from a file or a pipe");
  }
  return {};
}

Status check_archive(const cli::ParsedOptions& options) {
  const bool recover = options.has("recover");
  const std::string option = recover ? "--recover" : "--write";
  if (recover && options.has("write")) {
    return fail(Code::kUsage, "only one of --write and --recover can be given");
  }
  if (!recover && !options.has("write")) {
    if (!options.has("compression")) return {};
    return fail(Code::kUsage, "--compression is for --write and --recover");
  }
  for (const char* other : {"output", "count", "stats", "body", "bodies"}) {
    if (!options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("{} prints nothing: not with --{}", option, other));
  }
  if (!recover) return {};
  for (const char* other : {"follow", "flow", "limit"}) {
    if (!options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("--recover takes all there is: not with --{}", other));
  }
  if (options.values("read").size() == 1) return {};
  return fail(Code::kUsage, "--recover takes one recording at a time",
              "recover each, and then merge them with --write");
}

Status check_verifying(const cli::ParsedOptions& options) {
  if (!options.has("check")) return {};
  for (const char* other : {"write", "recover", "follow", "flow", "limit", "output", "count",
                            "stats", "body", "bodies", "verbose", "quiet"}) {
    if (!options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("--check verifies all there is: not with --{}", other));
  }
  return {};
}

Status check_formats(const cli::ParsedOptions& options) {
  const bool ndjson = options.value_or("output", "text") == "ndjson";
  if (options.has("bodies") && !ndjson) {
    return fail(Code::kUsage, "--bodies is for --output ndjson", "-vv prints bodies as text");
  }
  for (const char* other : {"output", "count", "stats"}) {
    if (!options.has("body") || !options.has(other)) continue;
    return fail(Code::kUsage, fmt::format("--body prints nothing else: not with --{}", other));
  }
  if (options.value_or("output", "text") == "keylog" && options.has("stats"))
    return fail(Code::kUsage, "--stats is text or ndjson: not with --output keylog");
  if (options.has("stats") && (options.has("count") || options.has("bodies"))) {
    return fail(Code::kUsage, "--stats is a summary: not with --count or --bodies");
  }
  if (options.has("body") && ::isatty(STDOUT_FILENO) == 1) {
    return fail(Code::kUsage, "--body writes bytes as they are, and standard output is a terminal",
                "redirect it to a file or a pipe; -vv shows bodies safely");
  }
  if (options.has("quiet") && options.has("verbose")) {
    return fail(Code::kUsage, "--quiet and --verbose contradict each other");
  }
  const std::array<const char*, 3> ways = {"ascii", "hex", "hex-ascii"};
  if (std::ranges::count_if(ways, [&](const char* way) { return options.has(way); }) > 1) {
    return fail(Code::kUsage, "only one of -A, -x and -X can be given");
  }
  return {};
}

Format format_of(const cli::ParsedOptions& options) {
  if (options.has("count")) return Format::kCount;
  if (options.has("body")) return Format::kBody;
  const bool ndjson = options.value_or("output", "text") == "ndjson";
  if (options.has("stats")) return ndjson ? Format::kStatsNdjson : Format::kStats;
  if (ndjson) return Format::kNdjson;
  return options.value_or("output", "text") == "keylog" ? Format::kKeyLog : Format::kText;
}

render::BytesAs bytes_as(const cli::ParsedOptions& options) {
  if (options.has("ascii")) return render::BytesAs::kAscii;
  if (options.has("hex")) return render::BytesAs::kHex;
  return options.has("hex-ascii") ? render::BytesAs::kHexAscii : render::BytesAs::kText;
}

render::Detail detail_of(const cli::ParsedOptions& options) {
  if (options.has("quiet") && bytes_as(options) == render::BytesAs::kText) {
    return render::Detail::kQuiet;
  }
  const unsigned implied = bytes_as(options) == render::BytesAs::kText ? 0 : 2;
  switch (std::max(options.count("verbose"), implied)) {
    case 0:
      return render::Detail::kLine;
    case 1:
      return render::Detail::kHeads;
    case 2:
      return render::Detail::kBodies;
    default:
      return render::Detail::kEverything;
  }
}

Result<render::TextOptions> text_options(const cli::ParsedOptions& options) {
  render::TextOptions text{.detail = detail_of(options),
                           .bytes = bytes_as(options),
                           .decode = !options.has("raw-bodies")};
  const unsigned most = static_cast<unsigned>(render::TimeFormat::kSinceFirst);
  text.time = static_cast<render::TimeFormat>(std::min(options.count("timestamp"), most));
  const auto limit = cli::bytes_value(options, "snapshot-length", 0);
  if (!limit) return std::unexpected(limit.error());
  if (*limit > 0) text.limit = *limit;
  const auto color = cli::parse_color_choice(options.value_or("color", "auto"));
  if (!color) return std::unexpected(color.error());
  text.color = cli::use_color(*color, STDOUT_FILENO);
  return text;
}

}  // namespace

Result<Config> make_config(const cli::ParsedOptions& options) {
  MITM_TRY(check_inputs(options));
  MITM_TRY(check_archive(options));
  MITM_TRY(check_verifying(options));
  MITM_TRY(check_formats(options));
  Config config;
  config.inputs = options.values("read");
  config.follow = options.has("follow");
  config.check = options.has("check");
  config.recover = options.has("recover");
  config.write = options.value_or(config.recover ? "recover" : "write", "");
  const auto level = cli::unsigned_value(options, "compression", 3, {.least = 1, .most = 19});
  if (!level) return std::unexpected(level.error());
  config.compression_level = static_cast<int>(*level);
  config.format = format_of(options);
  config.bodies = options.has("bodies");
  auto text = text_options(options);
  if (!text) return std::unexpected(std::move(text).error());
  config.text = *text;
  if (options.value("body") == "request") config.side = flow::Side::kClient;
  const auto limit = cli::unsigned_value(options, "limit", config.limit, {.least = 1});
  if (!limit) return std::unexpected(limit.error());
  config.limit = *limit;
  auto filter = make_filter(options);
  if (!filter) return std::unexpected(std::move(filter).error());
  config.filter = *std::move(filter);
  config.explain = options.has("explain");
  if (const auto name = options.value("flow")) {
    const auto parsed = parse_flow_name(*name);
    if (!parsed) return std::unexpected(parsed.error());
    config.flow = *parsed;
  }
  return config;
}

}  // namespace mitm::dump
