#include "cmd/mitm-record/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "cmd/mitm-record/access.h"
#include "cmd/mitm-record/rotation_flags.h"
#include "cmd/mitm-record/tls_flags.h"
#include "cmd/mitm-record/ways_out.h"
#include "lib/cli/color.h"
#include "lib/cli/numbers.h"

namespace mitm::record {
namespace {

constexpr std::uint64_t kMaxThreads = 256;
/// A head is held in memory, for each connection.
constexpr cli::Range kMaxHeads{1024, 64 * 1024 * 1024};

/// Whether both are one file, there already or not.
bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code ignored;
  return std::filesystem::equivalent(a, b, ignored) ||
         std::filesystem::absolute(a).lexically_normal() ==
             std::filesystem::absolute(b).lexically_normal();
}

std::chrono::milliseconds to_ms(Duration duration) {
  return std::chrono::ceil<std::chrono::milliseconds>(duration);
}

Status read_disk(const cli::ParsedOptions& options, OutputConfig& output) {
  if (options.value("on-disk-full") == "pass") output.disk_full = DiskFull::kPass;
  const std::string sync = options.value_or("fsync", "close");
  if (sync == "close") return {};
  if (sync == "off") return output.sync.at_close = false, Status{};
  if (sync == "always") return output.sync.every = Duration::zero(), Status{};
  auto every = cli::seconds_value(options, "fsync", Duration::zero());
  if (!every) {
    return fail(
        Code::kUsage,
        fmt::format("--fsync: '{}' is not off, close, always or a number of seconds", sync));
  }
  output.sync.every = *every;
  return {};
}

/// What is recorded, and into which files.
Status read_output(const cli::ParsedOptions& options, Config& config) {
  OutputConfig& output = config.output;
  if (const auto file = options.value("write")) output.path = *file;
  if (output.path == "-" && !config.command.empty()) {
    return fail(Code::kUsage,
                "-w - and a COMMAND exclude each other: both write to standard output");
  }
  MITM_TRY(read_rotation(options, output));
  output.flush_each_record = options.has("packet-buffered");
  if (options.has("count")) {
    auto count = cli::unsigned_value(options, "count", 0, {.least = 1});
    if (!count) return std::unexpected(std::move(count).error());
    output.count = *count;
  }
  auto level = cli::unsigned_value(options, "compression", 3, {1, 19});
  if (!level) return std::unexpected(std::move(level).error());
  output.compression_level = static_cast<int>(*level);
  return read_disk(options, output);
}

enum class Zero : std::uint8_t { kRefused, kForEver };

/// `timeout` holds the default.
Status read_timeout(const cli::ParsedOptions& options, const std::string& name, Zero zero,
                    std::chrono::milliseconds& timeout) {
  auto seconds = cli::seconds_value(options, name, timeout);
  if (!seconds) return std::unexpected(std::move(seconds).error());
  if (*seconds < Duration::zero() || (zero == Zero::kRefused && *seconds == Duration::zero()))
    return fail(Code::kUsage, fmt::format("--{}: must be more than 0", name));
  timeout = to_ms(*seconds);
  return {};
}

Status read_times(const cli::ParsedOptions& options, proxy::Settings& proxy) {
  MITM_TRY(read_timeout(options, "connect-timeout", Zero::kRefused, proxy.connect_timeout));
  proxy.handshake_timeout = 2 * proxy.connect_timeout;
  MITM_TRY(read_timeout(options, "handshake-timeout", Zero::kRefused, proxy.handshake_timeout));
  MITM_TRY(read_timeout(options, "first-byte-timeout", Zero::kForEver, proxy.stillness.first_byte));
  return read_timeout(options, "idle-timeout", Zero::kForEver, proxy.stillness.idle);
}

Status read_limits(const cli::ParsedOptions& options, proxy::RecordingOptions& recording) {
  auto snap = cli::bytes_value(options, "snapshot-length", UINT64_MAX);
  if (!snap) return std::unexpected(std::move(snap).error());
  // 0 means the default in tcpdump, which is everything here.
  recording.snap_length = *snap == 0 ? UINT64_MAX : *snap;
  auto head = cli::bytes_value(options, "max-head", recording.max_head, kMaxHeads);
  if (!head) return std::unexpected(std::move(head).error());
  recording.max_head = *head;
  return {};
}

/// Who may come in, and what sockets towards servers are like.
Status read_sockets(const cli::ParsedOptions& options, Config& config) {
  auto ways = read_ways_in(options);
  if (!ways) return std::unexpected(std::move(ways).error());
  config.ways_in = *std::move(ways);
  auto access = read_access(options, config.ways_in);
  if (!access) return std::unexpected(std::move(access).error());
  config.logins = std::move(access->logins);
  config.proxy.allowed = std::move(access->allowed);
  if (options.has("mark")) {
    auto mark = cli::unsigned_value(options, "mark", 0, {1, UINT32_MAX});
    if (!mark) return std::unexpected(std::move(mark).error());
    config.mark = static_cast<std::uint32_t>(*mark);
  }
  auto sources = read_sources(options);
  if (!sources) return std::unexpected(std::move(sources).error());
  config.sources = *std::move(sources);
  return {};
}

/// How traffic comes in and goes out, and what is done with it.
Status read_traffic(const cli::ParsedOptions& options, Config& config) {
  MITM_TRY(read_sockets(options, config));
  config.proxy.keep_host = options.has("keep-host");
  MITM_TRY(
      read_ways_out(options, [](const char* name) { return std::getenv(name); }, config.proxy));
  MITM_TRY(read_limits(options, config.proxy.recording));
  return read_times(options, config.proxy);
}

/// How the program itself behaves.
Status read_behaviour(const cli::ParsedOptions& options, Config& config) {
  if (const auto file = options.value("ready-file")) config.ready_file = *file;
  config.quiet = options.has("quiet");
  config.verbosity = options.count("verbose");
  auto choice = cli::parse_color_choice(options.value_or("color", "auto"));
  if (!choice) return std::unexpected(std::move(choice).error());
  config.color = cli::use_color(*choice, config.command.empty() ? 1 : 2);
  auto threads = cli::unsigned_value(
      options, "threads", std::max(1U, std::thread::hardware_concurrency()), {1, kMaxThreads});
  if (!threads) return std::unexpected(std::move(threads).error());
  config.threads = *threads;
  auto drain = cli::seconds_value(options, "drain", std::chrono::seconds(2));
  if (!drain) return std::unexpected(std::move(drain).error());
  config.drain = to_ms(*drain);
  auto user = read_user(options);
  if (!user) return std::unexpected(std::move(user).error());
  config.user = *std::move(user);
  return {};
}

/// No two are to be written to one file.
Status check_files(const Config& config) {
  if (config.output.path && config.ready_file &&
      is_same_file(*config.output.path, *config.ready_file))
    return fail(Code::kUsage, "--ready-file and --write name the same file");
  return check_key_log_path(config);
}

}  // namespace

Status check_key_log_path(const Config& config) {
  for (const auto& other : {config.output.path, config.ready_file}) {
    if (config.tls.key_log && other && is_same_file(*config.tls.key_log, *other))
      return fail(Code::kUsage, fmt::format("--keylog: {} is for something else", other->string()));
  }
  return {};
}

Result<Config> make_config(const cli::ParsedOptions& options) {
  if (!options.positionals().empty()) {
    const auto& word = options.positionals().front();
    return fail(Code::kUsage, fmt::format("'{}': filters are not available in this version", word),
                fmt::format("to run a command, put -- before it: mitm-record -- {}", word));
  }
  Config config;
  config.command = options.command();
  MITM_TRY(read_output(options, config));
  MITM_TRY(read_behaviour(options, config));
  MITM_TRY(read_tls(options, config));
  if (config.tls.record_secrets && !config.output.path)
    return fail(Code::kUsage, "--record-secrets stores them in a recording",
                "say which with -w FILE, or use --keylog FILE");
  MITM_TRY(check_files(config));
  MITM_TRY(read_traffic(options, config));
  return config;
}

}  // namespace mitm::record
