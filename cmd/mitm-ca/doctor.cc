#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "cmd/mitm-ca/advice.h"
#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/interruption.h"
#include "cmd/mitm-ca/keys.h"
#include "lib/base/io.h"
#include "lib/base/temporary_directory.h"
#include "lib/base/time.h"
#include "lib/cli/escape.h"
#include "lib/cli/output.h"
#include "lib/cli/run.h"
#include "lib/tls/home.h"
#include "lib/tls/issue.h"
#include "lib/tls/probe_server.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxDatabase = 64 << 20;
/// A browser that gave up once may come again, with what it needs.
constexpr auto kSecondThoughts = std::chrono::milliseconds(1500);
constexpr auto kLagBehind = std::chrono::seconds(1);

struct Finding {
  std::string result;  ///< "trusts", "refuses", "unknown"
  std::string reason;
};

/// A name that the CA may sign.
Result<std::string> host_for(const tls::NameConstraints& constraints) {
  if (std::string host = constraints.example(); !host.empty()) return host;
  return fail(Code::kUnsupported, "the CA may sign neither a domain nor 127.0.0.1",
              "a handshake on this machine needs one of them");
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  const auto start = text.rfind('\n');
  return cli::escape_controls(start == std::string_view::npos ? text : text.substr(start + 1));
}

Status lay_out(const trust::Attempt& attempt, const TemporaryDirectory& directory) {
  for (const auto& [name, content] : attempt.files) {
    MITM_TRY(write_file_atomically(fs::path(directory.path()) / name, content, 0600,
                                   IfExists::kReplace));
  }
  for (const auto& [from, name] : attempt.copies) {
    const auto content = read_regular_file(from, kMaxDatabase);
    if (!content) continue;  // not every profile has each
    MITM_TRY(write_file_atomically(fs::path(directory.path()) / name, *content, 0600,
                                   IfExists::kReplace));
  }
  return {};
}

/// Ends a client once it has shown what it thinks.
class Patience {
 public:
  explicit Patience(const tls::ProbeServer& server) : server_(server) {}
  bool is_over() {
    if (Interruption::signal() != 0) return true;
    const auto verdict = server_.verdict();
    if (!verdict) return false;
    if (verdict->trusted) return true;
    if (!since_) since_ = Clock::now();
    return Clock::now() - *since_ > kSecondThoughts;
  }

 private:
  const tls::ProbeServer& server_;
  std::optional<Clock::time_point> since_;
};

/// A client may have ended before the server, a thread of ours, has seen how.
std::optional<tls::ProbeVerdict> settled_verdict(const tls::ProbeServer& server) {
  const auto end = Clock::now() + kLagBehind;
  auto verdict = server.verdict();
  while (!verdict && Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    verdict = server.verdict();
  }
  return verdict;
}

Result<Finding> examine(const trust::Client& client, const tls::Leaf& leaf,
                        const std::string& host) {
  auto server = tls::ProbeServer::start(leaf);
  if (!server) return std::unexpected(std::move(server).error());
  auto directory = TemporaryDirectory::create("mitm-ca");
  if (!directory) return std::unexpected(std::move(directory).error());
  auto attempt =
      trust::plan_attempt(client, {host, (*server)->port()}, directory->path(), ::geteuid() == 0);
  MITM_TRY(lay_out(attempt, *directory));
  Patience patience(**server);
  attempt.command.enough = [&] { return patience.is_over(); };
  const auto outcome = run_command(attempt.command);
  const auto verdict = settled_verdict(**server);
  if (verdict && verdict->trusted) return Finding{"trusts", ""};
  if (verdict) return Finding{"refuses", verdict->reason};
  if (!outcome) return Finding{"unknown", outcome.error().message};
  if (outcome->timed_out) return Finding{"unknown", "it made no connection in time"};
  return Finding{"unknown", fmt::format("it made no connection: {}", last_line(outcome->errors))};
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

std::string report(const trust::Client& client, const Finding& finding, const Case& given) {
  if (finding.result == "trusts") return fmt::format("{:<9} {}\n", finding.result, client.name);
  if (finding.result != "refuses")
    return fmt::format("{:<9} {:<24} {}\n", finding.result, client.name, finding.reason);
  const Advice advice = advise(given);
  std::string text = fmt::format("{:<9} {:<24} {} ({})\n", finding.result, client.name, advice.why,
                                 finding.reason);
  if (!advice.mend.empty())
    text += fmt::format("{:<9} {:<24} {}\n", "", "  to mend it:", advice.mend);
  return text;
}

bool is_wanted(const trust::Client& client, const std::vector<std::string>& names) {
  return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
           return client.name == name || client.name.starts_with(name + ' ');
         });
}

}  // namespace

Result<int> doctor(const cli::ParsedOptions& options, const fs::path& home,
                   const cli::Diagnostics&) {
  const Time now = SystemClock().now();
  const auto ca = tls::load_ca(home, now, ask_passphrase(options));
  if (!ca) return std::unexpected(ca.error());
  const auto host = host_for(ca->constraints());
  if (!host) return std::unexpected(host.error());
  const auto leaf = tls::issue(*ca, {.names = {*host}, .days = 2}, now);
  if (!leaf) return std::unexpected(leaf.error());
  const auto sights = look_around({});
  if (!sights) return std::unexpected(sights.error());
  std::vector<trust::Store> stores;
  for (const Sight& sight : *sights) stores.push_back(sight.store);
  const Interruption interruption;
  cli::Output output;
  bool all_trust = true;
  bool asked = false;
  for (const trust::Client& client : trust::find_clients(stores)) {
    if (!is_wanted(client, options.values("client"))) continue;
    const auto finding = examine(client, *leaf, *host);
    if (Interruption::signal() != 0) return Interruption::exit_status();
    if (!finding) return std::unexpected(finding.error());
    asked = true;
    all_trust = all_trust && finding->result == "trusts";
    const Case given{client, *sights, ca->facts().sha256, variable,
                     [&](std::string_view words) { return tls::ca_command(home, words); }};
    MITM_TRY(output.write(report(client, *finding, given)));
    MITM_TRY(output.flush());
  }
  MITM_TRY(output.close());
  if (!asked) return fail(Code::kUnsupported, "none of the clients to ask is on this machine");
  return all_trust ? cli::kExitSuccess : cli::kExitFailure;
}

}  // namespace mitm::ca
