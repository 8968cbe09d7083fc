#include "cmd/mitm-record/ways_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/cli/numbers.h"
#include "lib/net/address.h"

namespace mitm::record {
namespace {

constexpr std::uint16_t kDefaultPort = 8080;

/// A mode as it was written: what it is, and where it listens if that was said.
struct Written {
  std::string mode;
  std::optional<std::string> address;
};

Written split(const std::string& text) {
  const auto at = text.rfind('@');
  if (at == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Result<WayIn> parse_mode(const std::string& mode) {
  WayIn way{.mode = mode, .entrance = {}};
  if (mode == "explicit") return way;
  return fail(Code::kUsage, fmt::format("--mode: '{}' is not a mode", mode),
              "the mode of this version is explicit[@ADDR:PORT]");
}

/// Where the one way listens whose mode does not say it.
Result<flow::Endpoint> common_address(const cli::ParsedOptions& options) {
  if (const auto listen = options.value("listen")) return parse_listen("--listen", *listen);
  const bool command = !options.command().empty();
  return flow::Endpoint{"127.0.0.1", command ? std::uint16_t{0} : kDefaultPort};
}

}  // namespace

std::vector<cli::Flag> ways_in_flags(const char* category) {
  return {
      {.long_name = "mode",
       .short_name = 'm',
       .value_name = "MODE[@ADDR:PORT]",
       .category = category,
       .summary = "how traffic arrives: explicit (default)",
       .details = "Can be given many times, each with an address of its own; one of them may leave "
                  "it to \\flag{listen}. IPv6 addresses stand in brackets: explicit@[::1]:8080.\n\n"
                  "explicit: clients are configured to use an HTTP proxy. They ask for https with "
                  "CONNECT and for http with "
                  "absolute URLs; whatever else they send through CONNECT is recorded as bytes.",
       .complete = cli::Complete::kSuggestion,
       .choices = {"explicit"},
       .repeatable = true},
      {.long_name = "listen",
       .short_name = 'l',
       .value_name = "[ADDR:]PORT",
       .category = category,
       .summary = "where to listen (default 127.0.0.1:8080, with COMMAND a free port)",
       .details = "For the \\flag{mode} that names no address. Port 0 lets the system choose. Only "
                  "loopback addresses are accepted: anybody who reaches the port can "
                  "use it to reach whatever this machine reaches."},
      {.long_name = "ready-file",
       .value_name = "FILE",
       .category = category,
       .summary = "write \"MODE ADDR:PORT\" lines to FILE once connections are accepted",
       .details = "For scripts: one line for each \\flag{mode}, in the order in which they were "
                  "given. FILE appears all at once.",
       .complete = cli::Complete::kFile},
  };
}

Result<flow::Endpoint> parse_listen(const std::string& option, const std::string& text) {
  flow::Endpoint endpoint{"127.0.0.1", 0};
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    endpoint.address = text.substr(0, colon);
    if (endpoint.address.starts_with('[') && endpoint.address.ends_with(']')) {
      endpoint.address = endpoint.address.substr(1, endpoint.address.size() - 2);
    } else if (endpoint.address == "localhost") {
      endpoint.address = "127.0.0.1";
    }
  }
  auto port = cli::parse_unsigned(
      option, colon == std::string::npos ? text : text.substr(colon + 1), {0, 65535});
  if (!port) return std::unexpected(std::move(port).error());
  endpoint.port = static_cast<std::uint16_t>(*port);
  if (!net::numeric_address(endpoint.address, endpoint.port)) {
    return fail(Code::kUsage,
                fmt::format("{}: '{}' is not a numeric address", option, endpoint.address),
                "write 127.0.0.1:PORT or [::1]:PORT");
  }
  if (!net::is_loopback(endpoint)) {
    return fail(
        Code::kUsage,
        fmt::format("{}: {} is not a loopback address, which would make an open proxy", option,
                    endpoint.address),
        "listen on 127.0.0.1 or [::1], and forward the port with ssh -L for other machines");
  }
  return endpoint;
}

Result<std::vector<WayIn>> read_ways_in(const cli::ParsedOptions& options) {
  auto modes = options.values("mode");
  if (modes.empty()) modes.emplace_back("explicit");
  auto common = common_address(options);
  if (!common) return std::unexpected(std::move(common).error());
  std::vector<WayIn> ways;
  bool common_taken = false;
  for (const std::string& text : modes) {
    const Written written = split(text);
    auto way = parse_mode(written.mode);
    if (!way) return std::unexpected(std::move(way).error());
    auto address = written.address ? parse_listen("--mode", *written.address) : common;
    if (!address) return std::unexpected(std::move(address).error());
    if (!written.address && std::exchange(common_taken, true)) {
      return fail(Code::kUsage, fmt::format("--mode: {} needs an address of its own", text),
                  fmt::format("write -m {}@127.0.0.1:PORT", text));
    }
    const bool taken = address->port != 0 && std::ranges::any_of(ways, [&](const WayIn& other) {
                         return other.entrance.listener == *address;
                       });
    if (taken)
      return fail(Code::kUsage, fmt::format("--mode: {} is given twice", to_string(*address)));
    way->entrance.listener = *std::move(address);
    ways.push_back(*std::move(way));
  }
  if (options.has("listen") && !common_taken)
    return fail(Code::kUsage, "--listen and an address in --mode exclude each other");
  return ways;
}

}  // namespace mitm::record
