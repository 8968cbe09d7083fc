#include "cmd/mitm-dump/summaries.h"

#include <filesystem>
#include <functional>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/printing.h"
#include "cmd/mitm-dump/rows.h"
#include "lib/archive/summary_reader.h"
#include "lib/archive/unclosed_reader.h"
#include "lib/archive/writer_lock.h"
#include "lib/cli/run.h"

namespace mitm::dump {
namespace {

using archive::Found;
using archive::SummaryReader;
using archive::UnclosedReader;

/// A file below this is read and verified in a few hundredths of a second.
constexpr std::uintmax_t kWorthIt = 4 * 1024 * 1024;

bool is_worth_it(const Config& config) {
  if (config.follow || config.inputs.size() != 1 || config.inputs.front() == "-") return false;
  if (!config.flow && !config.filter && !rows_are_enough(config)) return false;
  std::error_code error;
  const auto size = std::filesystem::file_size(config.inputs.front(), error);
  return !error && size >= kWorthIt;
}

Status print_flow(const FlowName& name, SummaryReader& reader, Rows& rows) {
  auto found = reader.find(name.id);
  if (!found) return std::unexpected(std::move(found).error());
  for (Found& one : *found) {
    if (!name.matches(one.row.flow)) continue;
    if (const auto more = rows.print(std::move(one)); !more) return std::unexpected(more.error());
  }
  return {};
}

Status print_all(SummaryReader& reader, Rows& rows) {
  while (true) {
    auto found = reader.next();
    if (!found) return std::unexpected(std::move(found).error());
    if (!*found) return {};
    const auto more = rows.print(**std::move(found));
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

/// Whether many flows may be wanted of which rows do not say enough.
bool may_fetch(const Config& config) {
  return !rows_are_enough(config) || !config.filter->beyond_summaries().empty();
}

/// Whether fetching what rows do not say of flows reads less of the file than reading it through.
Result<bool> is_fetching_less(const Config& config) {
  std::error_code error;
  const auto file_size = std::filesystem::file_size(config.inputs.front(), error);
  if (error) return false;
  const auto reader = SummaryReader::open(config.inputs.front());
  if (!reader) return std::unexpected(reader.error());
  std::uintmax_t fetched = 0;
  std::uint64_t wanted = 0;
  while (*reader != nullptr && wanted < config.limit) {
    const auto found = (*reader)->next();
    if (!found) return std::unexpected(found.error());
    if (!*found) return true;
    const RowUse use = use_of(**found, config);
    if (use == RowUse::kPrint) ++wanted;
    if (use != RowUse::kFetch) continue;
    fetched += (*found)->end - (*found)->frame + (*found)->row.first_frame;
    if (fetched > file_size / 2) return false;
  }
  return *reader != nullptr;
}

Status print_from(const Config& config, SummaryReader& reader, Rows& rows) {
  const auto runs = reader.first_runs();
  if (!runs) return std::unexpected(runs.error());
  for (const std::uint64_t run : *runs) rows.note_run(run);
  return config.flow ? print_flow(*config.flow, reader, rows) : print_all(reader, rows);
}

/// After print_from() or the like came to `printed`.
Result<std::optional<int>> finish(Status printed, const Config& config, Printing& printing,
                                  const archive::Ending& losses, bool is_live,
                                  const cli::Diagnostics& diagnostics) {
  // What is selected is held back, so nothing has been printed yet.
  if (!printed && printed.error().code == Code::kCorrupt && config.flow) return std::nullopt;
  if (printed) printed = printing.finish(Stopped::kAtEnd);
  for (const std::string& line : archive::describe(config.inputs.front(), losses, is_live))
    diagnostics.warning(line);
  if (!printed) {
    static_cast<void>(printing.flush());
    return std::unexpected(std::move(printed).error());
  }
  const bool lossless = (is_live ? losses.while_written() : losses).lossless();
  return lossless ? cli::kExitSuccess : kExitLossy;
}

Result<std::optional<int>> print_closed(const Config& config, SummaryReader& reader,
                                        const cli::Diagnostics& diagnostics) {
  if (!config.flow) {
    const auto intact = reader.verify();
    if (!intact) return std::unexpected(intact.error());
    // What is missing is told in the records.
    if (!*intact || reader.has_gaps()) return std::nullopt;
  }
  if (!config.flow && config.filter && may_fetch(config)) {
    const auto less = is_fetching_less(config);
    if (!less) return std::unexpected(less.error());
    if (!*less) return std::nullopt;
  }
  Printing printing(config, diagnostics);
  Rows rows(config, printing, std::bind_front(&SummaryReader::read, &reader));
  Status printed = print_from(config, reader, rows);
  archive::Ending losses = rows.losses();
  losses.finished = true;
  return finish(std::move(printed), config, printing, losses, false, diagnostics);
}

/// A flow of a recording that was not closed; of the others there may be no rows.
Result<std::optional<int>> print_unclosed(const Config& config,
                                          const cli::Diagnostics& diagnostics) {
  const std::string& name = config.inputs.front();
  const bool is_live = archive::is_being_written(name);
  const auto reader = UnclosedReader::open(name);
  if (!reader) return std::unexpected(reader.error());
  if (*reader == nullptr) return std::nullopt;
  auto found = (*reader)->find(config.flow->id);
  if (!found) return std::unexpected(std::move(found).error());
  if (!*found || !config.flow->matches((*found)->row.flow)) return std::nullopt;
  Printing printing(config, diagnostics);
  Rows rows(config, printing, std::bind_front(&UnclosedReader::read, reader->get()));
  const auto printed = rows.print(**std::move(found));
  archive::Ending losses = (*reader)->ending();
  losses.skipped = rows.losses().skipped;
  return finish(printed ? Status() : std::unexpected(printed.error()), config, printing, losses,
                is_live, diagnostics);
}

}  // namespace

Result<std::optional<int>> print_summaries(const Config& config,
                                           const cli::Diagnostics& diagnostics) {
  if (!is_worth_it(config)) return std::nullopt;
  const auto reader = SummaryReader::open(config.inputs.front());
  if (!reader) return std::unexpected(reader.error());
  if (*reader != nullptr) return print_closed(config, **reader, diagnostics);
  return config.flow ? print_unclosed(config, diagnostics) : std::nullopt;
}

}  // namespace mitm::dump
