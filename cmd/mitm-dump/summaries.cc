#include "cmd/mitm-dump/summaries.h"

#include <filesystem>
#include <functional>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/printing.h"
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

/// Whether rows hold what is printed of most flows.
bool rows_are_enough(const Config& config) {
  switch (config.format) {
    case Format::kText:
      return config.text.detail <= render::Detail::kLine;
    case Format::kCount:
    case Format::kStats:
    case Format::kStatsNdjson:
      return true;
    case Format::kNdjson:
    case Format::kKeyLog:
    case Format::kBody:
      break;
  }
  return false;
}

bool is_worth_it(const Config& config) {
  if (config.follow || config.inputs.size() != 1 || config.inputs.front() == "-") return false;
  if (!config.flow && !rows_are_enough(config)) return false;
  std::error_code error;
  const auto size = std::filesystem::file_size(config.inputs.front(), error);
  return !error && size >= kWorthIt;
}

/// Prints what rows say, and fetches the records of flows where that is not enough.
class Rows {
 public:
  /// As SummaryReader::read().
  using Fetch = std::function<Status(
      const Found&, const std::function<Status(flow::Record&&)>& take, archive::Ending& losses)>;
  Rows(const Config& config, Printing& printing, Fetch fetch)
      : config_(config), printing_(printing), fetch_(std::move(fetch)) {}

  /// False: enough has been printed.
  Result<bool> print(Found&& found);
  void note_run(std::uint64_t run);
  [[nodiscard]] const archive::Ending& losses() const { return losses_; }

 private:
  Result<bool> print_records(const Found& found);
  [[nodiscard]] bool is_enough(const Found& found) const;

  const Config& config_;
  Printing& printing_;
  Fetch fetch_;
  archive::Ending losses_;
  std::optional<std::uint64_t> run_;  // of the flows so far
};

void Rows::note_run(std::uint64_t run) {
  if (run_ && run_ != run) printing_.show_run();
  run_ = run;
}

bool Rows::is_enough(const Found& found) const {
  if (!rows_are_enough(config_)) return false;
  if (found.row.clipped) return config_.format == Format::kCount;
  const flow::Flow& flow = found.row.flow;
  const bool counts_anomalies =
      config_.format == Format::kStats || config_.format == Format::kStatsNdjson;
  return !counts_anomalies || flow.anomaly_count == flow.anomalies.size();
}

Result<bool> Rows::print(Found&& found) {
  note_run(found.row.flow.run);
  if (!is_enough(found)) return print_records(found);
  return printing_.print({.flow = std::move(found.row.flow), .bodies = nullptr});
}

Result<bool> Rows::print_records(const Found& found) {
  const flow::FlowId id = found.row.flow.id;
  const auto wanted = [id](const flow::Record& record) { return record.flow == id; };
  flow::FlowStream stream(needs_bodies(config_) ? flow::FlowStream::Wanted(wanted) : nullptr);
  if (!found.row.flow.made_connection) stream.disclaim_servers();
  MITM_TRY(
      fetch_(found, [&](flow::Record&& record) { return stream.add(std::move(record)); }, losses_));
  stream.finish();
  while (const auto finished = stream.next()) {
    if (finished->flow.id == id) return printing_.print(*finished);
  }
  // All of them are lost, so that the row is what is left.
  flow::FinishedFlow lost{.flow = found.row.flow, .bodies = nullptr};
  lost.flow.anomalies.push_back({.name = std::string(flow::Flow::kDamaged), .detail = {}});
  ++lost.flow.anomaly_count;
  lost.flow.complete = false;
  return printing_.print(lost);
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
