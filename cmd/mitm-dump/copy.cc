#include "cmd/mitm-dump/copy.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/inputs.h"
#include "lib/archive/copier.h"
#include "lib/archive/replacement.h"
#include "lib/cli/run.h"
#include "lib/flow/flow_choice.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {
namespace {

using Choice = std::optional<flow::FlowChoice>;

bool is_selective(const Config& config) { return config.flow || config.limit != Config().limit; }

/// Nullopt when there is no such file, or none whose content could be overwritten.
std::optional<std::pair<dev_t, ino_t>> regular_file(const std::string& path, int standard) {
  struct stat info{};
  const int got = path == "-" ? ::fstat(standard, &info) : ::stat(path.c_str(), &info);
  if (got != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return std::pair(info.st_dev, info.st_ino);
}

Status refuse_inputs(const Config& config) {
  const auto output = regular_file(config.write, STDOUT_FILENO);
  for (const std::string& path : config.inputs) {
    if (!output || regular_file(path, STDIN_FILENO) != output) continue;
    return fail(Code::kUsage,
                fmt::format("{}: is one of the recordings that are read", config.write),
                "write to another file");
  }
  return {};
}

/// The first pass of two, because which records belong to a flow shows before it is known whether
/// the flow is meant.
Result<Choice> choose(const Config& config, Inputs& inputs, archive::MergedReader& reader) {
  Choice choice(std::in_place);
  flow::FlowStream stream;
  std::optional<Selection> selection;
  if (config.flow) selection.emplace(*config.flow);
  std::uint64_t chosen = 0;
  const auto take_ended = [&] {
    while (const auto finished = stream.next()) {
      if (chosen == config.limit || (selection && !selection->take(finished->flow))) continue;
      choice->add(finished->flow);
      ++chosen;
    }
    return chosen < (selection && config.follow ? 1 : config.limit) ||
           (selection && !config.follow);
  };
  const auto stopped = inputs.read(
      reader,
      [&](flow::Record&& record) -> Result<bool> {
        MITM_TRY(stream.add(std::move(record)));
        return take_ended();
      },
      [] { return true; });
  if (!stopped) return std::unexpected(stopped.error());
  if (*stopped == Stopped::kAtEnd) {
    stream.finish();
    take_ended();
  }
  if (selection && *stopped != Stopped::kInterrupted) MITM_TRY(selection->check());
  return choice;
}

/// Records on their way into the new archive.
class Copy {
 public:
  Copy(const Config& config, const archive::MergedReader& reader, Choice& choice,
       std::unique_ptr<ByteSink> sink)
      : reader_(reader),
        choice_(choice),
        copier_(std::move(sink), "mitm-dump " MITM_VERSION,
                {.compression_level = config.compression_level}) {}

  /// False: everything that was chosen is there.
  Result<bool> take(flow::Record&& record) {
    const auto& origin = reader_.origin();
    const auto run = origin.reader->run_id();
    if (const auto gap = losses_[origin.name].news(origin.reader->ending())) {
      MITM_TRY(add({.time = record.time, .source = record.source, .event = *gap}, run));
    }
    last_ = {.time = record.time, .source = record.source};
    MITM_TRY(add(std::move(record), run));
    return !choice_ || !choice_->is_complete();
  }

  /// Where more has to be waited for. False: for nothing that was chosen but ends of connections.
  Result<bool> pause() {
    MITM_TRY(copier_.flush());
    return !choice_ || choice_->open_flows() > 0;
  }

  Status finish() {
    for (const auto& input : reader_.inputs()) {
      const auto gap = losses_[input.name].news(input.reader->ending(), true);
      if (!gap) continue;
      last_.event = *gap;
      MITM_TRY(add(std::move(last_), input.reader->run_id()));
    }
    return copier_.finish();
  }

  [[nodiscard]] const archive::Copier& copier() const { return copier_; }

 private:
  Status add(flow::Record record, std::optional<std::uint64_t> run) {
    if (choice_ && !choice_->take(record)) return {};
    return copier_.add(record, run);
  }

  const archive::MergedReader& reader_;
  Choice& choice_;
  archive::Copier copier_;
  std::map<std::string, archive::LossWatch> losses_;  // by input
  flow::Record last_;                                 // but for its event
};

Result<std::unique_ptr<ByteSink>> open_output(const Config& config) {
  // What is followed may be followed further from there.
  return config.follow ? archive::create_archive_file(config.write)
                       : archive::replace_archive_file(config.write);
}

/// What was lost of a recording, place by place.
std::uint64_t tell_losses(const archive::Ending& ending, const std::string& name,
                          const cli::Diagnostics& diagnostics) {
  std::uint64_t lost = 0;
  for (const auto& place : ending.skipped) {
    lost += place.bytes;
    diagnostics.warning(
        fmt::format("{}: {} bytes skipped at byte {}", name, place.bytes, place.at));
  }
  if (ending.torn_at) {
    lost += ending.torn_bytes;
    diagnostics.warning(fmt::format("{}: torn tail at byte {}: {} bytes lost", name,
                                    *ending.torn_at, ending.torn_bytes));
  } else if (!ending.finished) {
    diagnostics.warning(fmt::format("{}: not closed cleanly", name));
  }
  return lost;
}

/// The end of a recovery: what there is now, and what is lost.
int report_recovery(const Config& config, const archive::MergedReader::Input& input,
                    const archive::Copier& copier, const cli::Diagnostics& diagnostics) {
  std::uint64_t lost = tell_losses(input.reader->ending(), input.name, diagnostics);
  if (input.failed) diagnostics.warning(input.failed->message);
  diagnostics.note(fmt::format("{}: {} records of {} flows recovered, {} bytes lost",
                               config.write == "-" ? "standard output" : config.write,
                               copier.records(), copier.flows(), lost));
  return lost > 0 || input.failed || copier.too_large() > 0 ? kExitLossy : cli::kExitSuccess;
}

int report(const archive::MergedReader::Losses& losses, const archive::Copier& copier,
           const cli::Diagnostics& diagnostics) {
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  if (copier.too_large() > 0) {
    diagnostics.warning(fmt::format("{} records are too large to be written", copier.too_large()));
  }
  return losses.any || copier.too_large() > 0 ? kExitLossy : cli::kExitSuccess;
}

}  // namespace

Result<int> copy(const Config& config, const cli::Diagnostics& diagnostics) {
  MITM_TRY(refuse_inputs(config));
  Inputs inputs(config, is_selective(config));
  auto reader = inputs.open();
  if (!reader) return std::unexpected(std::move(reader).error());
  Choice choice;
  auto losses = reader->losses();
  if (is_selective(config)) {
    auto chosen = choose(config, inputs, *reader);
    if (!chosen) return std::unexpected(std::move(chosen).error());
    choice = *std::move(chosen);
    losses = reader->losses();
    reader = inputs.open();
    if (!reader) return std::unexpected(std::move(reader).error());
  }
  auto sink = open_output(config);
  if (!sink) return std::unexpected(std::move(sink).error());
  Copy copy(config, *reader, choice, *std::move(sink));
  const auto stopped = inputs.read(
      *reader, [&](flow::Record&& record) { return copy.take(std::move(record)); },
      [&] { return copy.pause(); });
  if (!stopped) return std::unexpected(stopped.error());
  MITM_TRY(copy.finish());
  if (config.recover)
    return report_recovery(config, reader->inputs()[0], copy.copier(), diagnostics);
  return report(choice ? losses : reader->losses(), copy.copier(), diagnostics);
}

}  // namespace mitm::dump
