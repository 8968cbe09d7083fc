#include "cmd/mitm-dump/rows.h"

#include <utility>

#include "cmd/mitm-dump/outputs.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {
namespace {

using archive::Found;
using filter::Known;
using filter::Truth;

Known known_of(const Found& found) { return found.row.clipped ? Known::kTimes : Known::kSummary; }

/// Whether the row of a flow that is wanted holds what is printed.
bool is_enough(const Found& found, const Config& config) {
  if (!rows_are_enough(config)) return false;
  if (found.row.clipped) return config.format == Format::kCount;
  const flow::Flow& flow = found.row.flow;
  const bool counts_anomalies =
      config.format == Format::kStats || config.format == Format::kStatsNdjson;
  return !counts_anomalies || flow.anomaly_count == flow.anomalies.size();
}

}  // namespace

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

RowUse use_of(const Found& found, const Config& config) {
  Truth wanted = Truth::kYes;
  if (config.filter) {
    wanted = config.filter->decide(found.row.flow, known_of(found));
  }
  if (wanted == Truth::kNo) return RowUse::kSkip;
  return wanted == Truth::kYes && is_enough(found, config) ? RowUse::kPrint : RowUse::kFetch;
}

void Rows::note_run(std::uint64_t run) {
  if (run_ && run_ != run) printing_.show_run();
  run_ = run;
}

Result<bool> Rows::print(Found&& found) {
  note_run(found.row.flow.run);
  switch (use_of(found, config_)) {
    case RowUse::kSkip:
      // That the flow is there matters where it was asked for by its id.
      if (!config_.flow) return true;
      break;
    case RowUse::kFetch:
      return print_records(found);
    case RowUse::kPrint:
      break;
  }
  return printing_.print({.flow = std::move(found.row.flow), .bodies = nullptr}, known_of(found));
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

}  // namespace mitm::dump
