#include "cmd/mitm-record/access.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "lib/base/display.h"
#include "lib/base/io.h"
#include "lib/net/address.h"

namespace mitm::record {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

std::unexpected<Error> open_to_all(const WayIn& way) {
  const bool is_explicit = way.entrance.mode == flow::Mode::kExplicit;
  return fail(Code::kUsage,
              fmt::format("{} at {} could be used from other machines, to reach whatever this one "
                          "reaches",
                          way.mode, to_string(way.entrance.listener)),
              fmt::format("say who may with --allow CIDR (0.0.0.0/0 and ::/0 are everybody){}, or "
                          "listen on 127.0.0.1 or [::1]",
                          is_explicit ? ", or ask for a password with --proxy-auth @FILE" : ""));
}

Status add_login(std::string_view text, const std::string& where, proxy::Credentials& into) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return fail(Code::kUsage, fmt::format("{}: a login is written USER:PASSWORD", where),
                "a file with one such line for each user is named with @FILE");
  }
  into.add(std::string(text.substr(0, colon)), std::string(text.substr(colon + 1)));
  return {};
}

Status add_file(const std::string& path, proxy::Credentials& into,
                const cli::Diagnostics& diagnostics) {
  auto content = read_regular_file(path, kMaxFile);
  if (!content) return std::unexpected(std::move(content).error());
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0 && (info.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    diagnostics.warning(
        fmt::format("{} holds passwords, and others on this machine can read it", printable(path)));
    diagnostics.hint(fmt::format("chmod 600 {}", printable(path)));
  }
  std::string_view rest = *content;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    MITM_TRY(add_login(line, fmt::format("{} line {}", path, number), into));
  }
  if (into.empty())
    return fail(Code::kUsage, fmt::format("--proxy-auth: {} holds no login", printable(path)));
  return {};
}

}  // namespace

std::vector<cli::Flag> access_flags(const char* category) {
  return {
      {.long_name = "allow",
       .value_name = "CIDR",
       .category = category,
       .summary = "let clients of a network in (10.0.0.0/8, 2001:db8::/32 or one address)",
       .details = "For addresses that other machines reach; without it and \\flag{proxy-auth} "
                  "mitm-record refuses to listen there. All other clients are closed at once and "
                  "counted, but for this machine's own, from whatever address of it, which always "
                  "may. Where both are given, "
                  "both are asked for.",
       .repeatable = true},
      {.long_name = "proxy-auth",
       .value_name = "USER:PASSWORD|@FILE",
       .category = category,
       .summary = "ask clients of the explicit proxy for a user and a password",
       .details =
           "HTTP clients log in with Basic authentication (407 without it), those of SOCKS5 as "
           "RFC 1929 says; SOCKS4 knows no passwords and is refused. FILE has one login in each "
           "line; empty lines and those that begin with # do not count. Others on this machine "
           "can see what stands in the command line, so FILE is better, with mode 0600. "
           "Passwords travel in clear between client and proxy. The login is never sent to a "
           "server, and asterisks stand for it in the recording. "
           "Has no effect on transparent and reverse listeners, and cannot be had with COMMAND.",
       .repeatable = true},
  };
}

Result<Networks> read_allowed(const cli::ParsedOptions& options) {
  Networks allowed;
  for (const std::string& text : options.values("allow")) {
    auto network = Network::parse(text);
    if (!network) {
      return fail(Code::kUsage,
                  fmt::format("--allow: '{}': {}", printable(text), network.error().message),
                  "write a network as 192.0.2.0/24 or 2001:db8::/32");
    }
    allowed.push_back(*std::move(network));
  }
  return allowed;
}

Result<Access> read_access(const cli::ParsedOptions& options, std::vector<WayIn>& ways) {
  auto allowed = read_allowed(options);
  if (!allowed) return std::unexpected(std::move(allowed).error());
  Access access{.allowed = *std::move(allowed), .logins = {}};
  access.logins = options.values("proxy-auth");
  for (const std::string& login : access.logins) {
    proxy::Credentials ignored;
    if (!login.starts_with('@')) MITM_TRY(add_login(login, "--proxy-auth", ignored));
  }
  if (!access.logins.empty() && !options.command().empty())
    return fail(Code::kUsage, "--proxy-auth and a COMMAND exclude each other",
                "few programs can be told a password for their proxy");
  for (WayIn& way : ways) {
    if (net::is_loopback(way.entrance.listener)) continue;
    way.entrance.guarded = !access.allowed.empty();
    const bool asks = way.entrance.mode == flow::Mode::kExplicit && !access.logins.empty();
    if (!way.entrance.guarded && !asks) return open_to_all(way);
  }
  return access;
}

Result<proxy::Credentials> load_credentials(const std::vector<std::string>& logins,
                                            const cli::Diagnostics& diagnostics) {
  proxy::Credentials credentials;
  for (const std::string& login : logins) {
    MITM_TRY(login.starts_with('@') ? add_file(login.substr(1), credentials, diagnostics)
                                    : add_login(login, "--proxy-auth", credentials));
  }
  return credentials;
}

}  // namespace mitm::record
