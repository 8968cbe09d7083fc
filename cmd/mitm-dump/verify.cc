#include "cmd/mitm-dump/verify.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cmd/mitm-dump/flags.h"
#include "lib/archive/check.h"
#include "lib/archive/writer_lock.h"
#include "lib/cli/output.h"
#include "lib/cli/run.h"

namespace mitm::dump {
namespace {

using archive::CheckReport;

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

/// "12 frames, 345 records, 67 flows and 2 that did not end; clean"
std::string describe(const CheckReport& report) {
  std::string text = fmt::format("{}, {}, {}", counted(report.frames, "frame"),
                                 counted(report.records, "record"), counted(report.flows, "flow"));
  if (report.unfinished > 0) text += fmt::format(" and {} that did not end", report.unfinished);
  if (report.archives > 1) text += fmt::format(", {} joined recordings", report.archives);
  if (report.gaps > 0)
    text += fmt::format(", {} in what was recorded", counted(report.gaps, "gap"));
  if (report.summaries == 0) text += ", no summaries";
  return text + (report.clean() ? "; clean" : "; not clean");
}

Result<CheckReport> check_one(const std::string& path, const std::string& name) {
  auto fd = path == "-" ? Result<Fd>(Fd(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)))
                        : open_for_reading(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  return archive::check(std::make_unique<FdSource>(*std::move(fd), name), name);
}

/// kExitFailure comes before kExitLossy, though its number is lower.
int worse(int one, int other) {
  if (one == cli::kExitFailure || other == cli::kExitFailure) return cli::kExitFailure;
  return std::max(one, other);
}

}  // namespace

Result<int> verify(const Config& config, const cli::Diagnostics& diagnostics) {
  cli::Output output;
  int status = cli::kExitSuccess;
  for (const std::string& path : config.inputs) {
    const std::string name = path == "-" ? "standard input" : path;
    const auto report = check_one(path, name);
    if (!report) {
      diagnostics.error(report.error());
      status = worse(status, cli::kExitFailure);
      continue;
    }
    if (archive::is_being_written(path))
      diagnostics.warning(fmt::format("{}: still being written, its end has not come yet", name));
    for (const std::string& line : archive::describe(report->ending))
      diagnostics.warning(fmt::format("{}: {}", name, line));
    for (const std::string& fault : report->faults)
      diagnostics.warning(fmt::format("{}: {}", name, fault));
    MITM_TRY(output.write(fmt::format("{}: {}\n", name, describe(*report))));
    if (!report->clean()) status = worse(status, kExitLossy);
  }
  MITM_TRY(output.close());
  return status;
}

}  // namespace mitm::dump
