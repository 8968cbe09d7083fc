#include "cmd/mitm-dump/dump.h"

#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/inputs.h"
#include "cmd/mitm-dump/printing.h"
#include "cmd/mitm-dump/summaries.h"
#include "lib/archive/merged_reader.h"
#include "lib/cli/run.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {
namespace {

/// Makes flows of records and hands them to the printing.
class Dump {
 public:
  Dump(const Config& config, Printing& printing)
      : stream_(wanted_bodies(config)), printing_(printing) {}

  /// False: enough has been printed.
  Result<bool> take(flow::Record&& record) {
    MITM_TRY(stream_.add(std::move(record)));
    return print_ended();
  }

  Status finish(Stopped why) {
    if (why == Stopped::kAtEnd) {
      stream_.finish();
      if (const auto more = print_ended(); !more) return std::unexpected(more.error());
    }
    return printing_.finish(why);
  }

 private:
  static flow::FlowStream::Wanted wanted_bodies(const Config& config) {
    if (!needs_bodies(config)) return nullptr;
    if (!config.flow) return [](const flow::Record&) { return true; };
    return [id = config.flow->id](const flow::Record& record) { return record.flow == id; };
  }

  Result<bool> print_ended() {
    while (const auto finished = stream_.next()) {
      const auto more = printing_.print(*finished);
      if (!more || !*more) return more;
    }
    return true;
  }

  flow::FlowStream stream_;
  Printing& printing_;
};

Status print_records(const Config& config, Inputs& inputs, archive::MergedReader& reader,
                     Printing& printing) {
  Dump dump(config, printing);
  const auto stopped = inputs.read(
      reader,
      [&](flow::Record&& record) {
        if (reader.has_several_runs()) printing.show_run();
        return dump.take(std::move(record));
      },
      [&]() -> Result<bool> {
        MITM_TRY(printing.flush());
        return true;
      });
  if (stopped) return dump.finish(*stopped);
  // What could be printed before an error is not lost with it.
  static_cast<void>(printing.flush());
  return std::unexpected(stopped.error());
}

}  // namespace

Result<int> print(const Config& config, const cli::Diagnostics& diagnostics) {
  if (auto printed = print_summaries(config, diagnostics); !printed || *printed)
    return printed ? Result<int>(**printed) : std::unexpected(std::move(printed).error());
  Inputs inputs(config, false);
  auto reader = inputs.open();
  if (!reader) return std::unexpected(std::move(reader).error());
  Printing printing(config, diagnostics);
  Status finished = print_records(config, inputs, *reader, printing);
  const auto losses = reader->losses();
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  if (!finished) return std::unexpected(std::move(finished).error());
  return losses.any ? kExitLossy : cli::kExitSuccess;
}

}  // namespace mitm::dump
