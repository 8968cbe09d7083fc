#include "cmd/mitm-dump/summaries.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/printing.h"
#include "lib/archive/summary_reader.h"
#include "lib/cli/run.h"

namespace mitm::dump {
namespace {

using archive::Found;
using archive::SummaryReader;

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

class Summaries {
 public:
  Summaries(const Config& config, SummaryReader& reader, Printing& printing)
      : config_(config), reader_(reader), printing_(printing) {}

  Status print();
  [[nodiscard]] const archive::Ending& losses() const { return losses_; }

 private:
  Status print_runs();
  Result<bool> print_found(Found&& found);
  Result<bool> print_records(const Found& found);
  [[nodiscard]] bool is_enough(const Found& found) const;
  void note_run(std::uint64_t run);

  const Config& config_;
  SummaryReader& reader_;
  Printing& printing_;
  archive::Ending losses_;
  std::optional<std::uint64_t> run_;  // of the flows so far
};

Status Summaries::print() {
  const auto runs = reader_.first_runs();
  if (!runs) return std::unexpected(runs.error());
  for (const std::uint64_t run : *runs) note_run(run);
  if (!config_.flow) return print_runs();
  auto found = reader_.find(config_.flow->id);
  if (!found) return std::unexpected(std::move(found).error());
  for (Found& one : *found) {
    if (!config_.flow->matches(one.row.flow)) continue;
    if (const auto more = print_found(std::move(one)); !more) return std::unexpected(more.error());
  }
  return {};
}

Status Summaries::print_runs() {
  while (true) {
    auto found = reader_.next();
    if (!found) return std::unexpected(std::move(found).error());
    if (!*found) return {};
    const auto more = print_found(**std::move(found));
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

void Summaries::note_run(std::uint64_t run) {
  if (run_ && run_ != run) printing_.show_run();
  run_ = run;
}

bool Summaries::is_enough(const Found& found) const {
  if (!rows_are_enough(config_)) return false;
  if (found.row.clipped) return config_.format == Format::kCount;
  const flow::Flow& flow = found.row.flow;
  const bool counts_anomalies =
      config_.format == Format::kStats || config_.format == Format::kStatsNdjson;
  return !counts_anomalies || flow.anomaly_count == flow.anomalies.size();
}

Result<bool> Summaries::print_found(Found&& found) {
  note_run(found.row.flow.run);
  if (!is_enough(found)) return print_records(found);
  return printing_.print({.flow = std::move(found.row.flow), .bodies = nullptr});
}

Result<bool> Summaries::print_records(const Found& found) {
  const flow::FlowId id = found.row.flow.id;
  const auto wanted = [id](const flow::Record& record) { return record.flow == id; };
  flow::FlowStream stream(needs_bodies(config_) ? flow::FlowStream::Wanted(wanted) : nullptr);
  if (!found.row.flow.made_connection) stream.disclaim_servers();
  MITM_TRY(reader_.read(
      found, [&](flow::Record&& record) { return stream.add(std::move(record)); }, losses_));
  stream.finish();
  while (const auto finished = stream.next()) {
    if (finished->flow.id == id) return printing_.print(*finished);
  }
  return true;
}

}  // namespace

Result<std::optional<int>> print_summaries(const Config& config,
                                           const cli::Diagnostics& diagnostics) {
  if (!is_worth_it(config)) return std::nullopt;
  const std::string& name = config.inputs.front();
  const auto reader = SummaryReader::open(name);
  if (!reader) return std::unexpected(reader.error());
  if (*reader == nullptr) return std::nullopt;
  if (!config.flow) {
    const auto intact = (*reader)->verify();
    if (!intact) return std::unexpected(intact.error());
    // What is missing is told in the records.
    if (!*intact || (*reader)->has_gaps()) return std::nullopt;
  }
  Printing printing(config, diagnostics);
  Summaries summaries(config, **reader, printing);
  Status printed = summaries.print();
  // What is selected is held back, so nothing has been printed yet.
  if (!printed && printed.error().code == Code::kCorrupt && config.flow) return std::nullopt;
  if (printed) printed = printing.finish(Stopped::kAtEnd);
  archive::Ending losses = summaries.losses();
  losses.finished = true;
  for (const std::string& line : describe(losses))
    diagnostics.warning(fmt::format("{}: {}", name, line));
  if (printed) return losses.lossless() ? cli::kExitSuccess : kExitLossy;
  static_cast<void>(printing.flush());
  return std::unexpected(std::move(printed).error());
}

}  // namespace mitm::dump
