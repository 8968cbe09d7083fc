#include "cmd/mitm-record/rotation_flags.h"

#include <fmt/format.h>

#include "lib/cli/numbers.h"

namespace mitm::record {
namespace {

constexpr std::uint64_t kMegabyte = 1'000'000;
constexpr std::uint64_t kMostMegabytes = 1'000'000'000;

using cli::Complete;
using cli::Flag;

Flag size_flag() {
  return {
      .long_name = "file-size",
      .short_name = 'C',
      .value_name = "MB",
      .summary = "go on in another file when one is larger than MB million bytes",
      .details =
          "The files are FILE, FILE1, FILE2 and so on, or as \\flag{file-count} says. Each is "
          "a complete recording: it repeats what is known of connections that are open, and "
          "names the next one. A flow that spans files is whole when all of them are read: "
          "mitm-dump -r FILE -r FILE1. Up to half a megabyte more, which the compressor held, can "
          "come after the limit was reached. Existing files are replaced."};
}

Flag interval_flag() {
  return {.long_name = "rotate-seconds",
          .short_name = 'G',
          .value_name = "SECONDS",
          .summary = "go on in another file when one is SECONDS old",
          .details =
              "The name of FILE is a format of strftime(3) for the local time, such as "
              "cap-%F-%H%M%S.flowz; the name of its folder is not. A new file begins with the "
              "first record that comes after SECONDS, so none is empty. A name without a time in "
              "it is refused, because each file would overwrite the one before; with "
              "\\flag{file-size} or \\flag{file-count} names are numbered and it is accepted. "
              "Where the time is so coarse that it makes the name of the file before again, a "
              "number follows it: cap-12, cap-121. Other files that exist are replaced, so that "
              "cap-%H keeps the last day.\n\n"
              "With \\flag{file-size} too, a file ends for either reason, and the numbers that "
              "follow the time begin again with each interval."};
}

Flag count_flag() {
  return {.long_name = "file-count",
          .short_name = 'W',
          .value_name = "N",
          .summary = "with -C: N files that are overwritten in turn; with -G: stop after N files",
          .details =
              "With \\flag{file-size}: once there are N files the first is overwritten, and so on; "
              "numbers begin with 0 and have as many digits as N needs, so that they sort. With "
              "\\flag{rotate-seconds}: the recording ends, as on SIGINT, when the time of file N "
              "is over. With both, N decides the number of digits and nothing else."};
}

Flag command_flag() {
  return {.long_name = "post-rotate",
          .short_name = 'z',
          .value_name = "COMMAND",
          .summary = "run COMMAND FILE for each file that is closed, the last one included",
          .details =
              "With \\flag{file-size} or \\flag{rotate-seconds}. COMMAND is the name of a program, "
              "such as a script; no shell is involved. (gzip gains little, recordings being "
              "compressed; with \\flag{file-count} a ring would not find its files again.) It runs "
              "beside the recording, at the lowest priority, with standard input from /dev/null "
              "and standard output joined to standard error. A failure is warned of. mitm-record "
              "ends when the last one has, or at a second SIGINT.",
          .complete = Complete::kFile};
}

Flag append_flag() {
  return {
      .long_name = "append",
      .summary = "go on in the recording that FILE holds",
      .details =
          "The flows of this run follow those of the earlier ones, as a run of their own. When "
          "the last one was not closed, for it was killed or its disk was full, all that can "
          "be verified of it stays, a capture gap is recorded, and the bytes from the start of "
          "the last frame on are kept in FILE.torn as they were (FILE.torn.1 and so on when "
          "there is one). Other damage is warned of and left alone. A FILE that is no "
          "recording is refused. All of FILE is read first. Not with \\flag{file-size} or "
          "\\flag{rotate-seconds}, which begin files anew.",
  };
}

/// The first of the options that was given.
std::optional<std::string_view> first_given(const cli::ParsedOptions& options) {
  for (const std::string_view name :
       {"append", "file-size", "rotate-seconds", "file-count", "post-rotate"}) {
    if (options.has(name)) return name;
  }
  return std::nullopt;
}

Status read_rules(const cli::ParsedOptions& options, archive::RotationRules& rules) {
  if (options.has("file-size")) {
    auto size = cli::unsigned_value(options, "file-size", 0, {1, kMostMegabytes});
    if (!size) return std::unexpected(std::move(size).error());
    rules.size = *size * kMegabyte;
  }
  if (options.has("rotate-seconds")) {
    auto interval = cli::seconds_value(options, "rotate-seconds", {});
    if (!interval) return std::unexpected(std::move(interval).error());
    if (*interval <= Duration::zero())
      return fail(Code::kUsage, "--rotate-seconds: must be more than 0");
    rules.interval = *interval;
  }
  if (options.has("file-count")) {
    auto count = cli::unsigned_value(options, "file-count", 0, {.least = 1});
    if (!count) return std::unexpected(std::move(count).error());
    rules.count = *count;
  }
  return {};
}

}  // namespace

std::vector<Flag> rotation_flags(const char* category) {
  std::vector<Flag> flags = {append_flag(), size_flag(), interval_flag(), count_flag(),
                             command_flag()};
  for (Flag& flag : flags) flag.category = category;
  return flags;
}

Status read_rotation(const cli::ParsedOptions& options, OutputConfig& output) {
  const auto given = first_given(options);
  if (!given) return {};
  if (!output.path || *output.path == "-") {
    return fail(Code::kUsage, fmt::format("--{}: there is no file to write to", *given),
                "name one with -w FILE");
  }
  output.append = options.has("append");
  archive::RotationRules rules{.path = output.path->string()};
  MITM_TRY(read_rules(options, rules));
  if (output.append && (rules.size || rules.interval)) {
    return fail(Code::kUsage,
                "--append and rotation exclude each other: rotation begins files anew");
  }
  if (output.append && !rules.count && !options.has("post-rotate")) return {};
  if (!rules.size && !rules.interval) {
    return fail(Code::kUsage,
                fmt::format("--{}: nothing says when a file ends",
                            rules.count ? "file-count" : "post-rotate"),
                "give -C MB or -G SECONDS");
  }
  if (Status good = archive::check(rules, SystemClock().now()); !good) {
    good.error().message = "--write: " + good.error().message;
    return good;
  }
  output.rotation = std::move(rules);
  if (const auto command = options.value("post-rotate")) output.post_rotate = *command;
  return {};
}

}  // namespace mitm::record
