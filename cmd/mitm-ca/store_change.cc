#include "cmd/mitm-ca/store_change.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "lib/base/fd.h"
#include "lib/cli/escape.h"
#include "lib/cli/run.h"

namespace mitm::ca {
namespace {

/// A password that nobody gave lets certutil add a certificate, and then not trust it. Failures are
/// no news: the change itself has failed, and says why.
void take_back(const trust::Store& store, const std::vector<trust::Entry>& before,
               const Change& change) {
  if (!change.undo) return;
  const auto now = trust::read_store(store, run_command);
  const auto plan = now ? change.undo(store, before, *now) : Result<std::vector<trust::Action>>();
  if (!plan) return;
  for (const trust::Action& action : *plan)
    if (!trust::perform(action, run_command)) return;
}

/// Keeps other runs of ours from changing the store meanwhile, by a lock that leaves no file. One
/// that hangs, or a store that cannot be locked, is no reason to leave it alone.
Fd lock_store(const trust::Store& store) {
  constexpr int kTries = 300;
  std::error_code ignored;
  const auto& path = store.path;
  const auto folder = std::filesystem::is_directory(path, ignored) ? path : path.parent_path();
  Fd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (int i = 0; fd.is_open() && i < kTries && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return fd;
}

/// Performs the plan and looks again. True when something was done.
Result<bool> apply(const Sight& sight, const Change& change) {
  const Fd lock = lock_store(sight.store);
  // Anew: Debian's system store, which comes first, hands its certificates on to Java's.
  const auto entries = trust::read_store(sight.store, run_command);
  if (!entries) return std::unexpected(entries.error());
  const auto plan = change.plan(sight.store, *entries);
  if (!plan) return std::unexpected(plan.error());
  for (const trust::Action& action : *plan) {
    const auto done = trust::perform(action, run_command);
    if (done) continue;
    take_back(sight.store, *entries, change);
    return std::unexpected(done.error());
  }
  if (plan->empty()) return false;
  const auto after = trust::read_store(sight.store, run_command);
  if (!after) return std::unexpected(after.error());
  if (std::string complaint = change.complaint(*after); !complaint.empty())
    return fail(Code::kIo, std::move(complaint));
  return true;
}

Result<std::string> preview(const Sight& sight, const Change& change) {
  if (!sight.entries) return std::unexpected(sight.entries.error());
  const auto plan = change.plan(sight.store, *sight.entries);
  if (!plan) return std::unexpected(plan.error());
  std::string text = describe(sight.store) + '\n';
  for (const trust::Action& action : *plan)
    text += fmt::format("  {}\n", cli::escape_controls(trust::describe(action)));
  if (plan->empty()) text += "  nothing to do\n";
  return text;
}

Result<std::string> line_for(const Sight& sight, const Change& change, bool dry) {
  if (dry) return preview(sight, change);
  const auto changed = apply(sight, change);
  if (!changed) return std::unexpected(changed.error());
  return fmt::format("{:<10} {}\n", *changed ? change.done : change.nothing, describe(sight.store));
}

}  // namespace

Result<int> change_stores(const cli::ParsedOptions& options, const std::vector<Sight>& sights,
                          const Change& change, const cli::Diagnostics& diagnostics) {
  cli::Output output;
  int status = cli::kExitSuccess;
  for (const Sight& sight : sights) {
    const auto line = line_for(sight, change, options.has("dry-run"));
    if (line) {
      MITM_TRY(output.write(*line));
      MITM_TRY(output.flush());
      continue;
    }
    Error error = line.error();
    error.message = fmt::format("{}: {}", describe(sight.store), error.message);
    diagnostics.error(error);
    status = cli::kExitFailure;
  }
  MITM_TRY(output.close());
  return status;
}

Change installation(const trust::Certificate& certificate) {
  return {.done = "installed",
          .nothing = "was there",
          .plan =
              [certificate](const trust::Store& store, const std::vector<trust::Entry>& entries) {
                return trust::plan_install(store, entries, certificate);
              },
          .complaint =
              [certificate](const std::vector<trust::Entry>& entries) {
                return trust::is_trusted(entries, certificate.sha256)
                           ? ""
                           : "all was done, but it does not trust the CA";
              },
          .undo =
              [certificate](const trust::Store& store, const std::vector<trust::Entry>& before,
                            const std::vector<trust::Entry>& now) {
                return trust::is_there(before, certificate.sha256)
                           ? std::vector<trust::Action>{}
                           : trust::plan_removal(store, now, {certificate.sha256});
              }};
}

Change removal(const std::vector<std::string>& fingerprints) {
  return {.done = "removed",
          .nothing = "not there",
          .plan =
              [fingerprints](const trust::Store& store, const std::vector<trust::Entry>& entries) {
                return trust::plan_removal(store, entries, fingerprints);
              },
          .complaint =
              [fingerprints](const std::vector<trust::Entry>& entries) {
                const bool left = std::ranges::any_of(fingerprints, [&](const std::string& one) {
                  return trust::is_there(entries, one);
                });
                return left ? "all was done, but the CA is still there, not added by hand" : "";
              }};
}

}  // namespace mitm::ca
