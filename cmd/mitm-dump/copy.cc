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
#include "lib/archive/reader.h"
#include "lib/archive/replacement.h"
#include "lib/cli/run.h"
#include "lib/flow/flow_choice.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {
namespace {

using Choice = std::optional<flow::FlowChoice>;

bool is_selective(const Config& config) {
  return config.flow || config.filter || config.limit != Config().limit;
}

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
      if (config.filter && !config.filter->matches(finished->flow)) continue;
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
    if (const auto gap = losses_[origin.name].news(origin.ending())) {
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
      const auto gap = losses_[input.name].news(input.ending(), true);
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

/// What was lost of a recording, place by place; returns how many octets.
std::uint64_t tell_losses(const archive::Ending& ending, const std::string& name,
                          const cli::Diagnostics& diagnostics) {
  std::uint64_t lost = ending.torn_bytes;
  for (const auto& place : ending.skipped) lost += place.bytes;
  for (std::string line : archive::describe(ending)) {
    if (ending.torn_at && line.starts_with("torn")) {
      line += fmt::format(": {} bytes lost", ending.torn_bytes);
    }
    diagnostics.warning(fmt::format("{}: {}", name, line));
  }
  return lost;
}

/// Records that are in an input and not in the copy, because nobody here can write them.
bool leaves_out_records(const archive::MergedReader& reader, const archive::Copier& copier) {
  for (const auto& input : reader.inputs()) {
    if (input.reader->ending().unknown_records > 0) return true;
  }
  return copier.too_large() > 0;
}

/// The end of a recovery: what there is now, and what is lost.
int report_recovery(const Config& config, const archive::MergedReader& reader,
                    const archive::Copier& copier, const cli::Diagnostics& diagnostics) {
  const auto& input = reader.inputs().front();
  const std::uint64_t lost = tell_losses(input.reader->ending(), input.name, diagnostics);
  if (input.failed) diagnostics.warning(input.failed->message);
  diagnostics.note(fmt::format("{}: {} records of {} flows recovered, {} bytes lost",
                               config.write == "-" ? "standard output" : config.write,
                               copier.records(), copier.flows(), lost));
  const bool whole = lost == 0 && !input.failed && !leaves_out_records(reader, copier);
  return whole ? cli::kExitSuccess : kExitLossy;
}

int tell(const archive::MergedReader::Losses& losses, const cli::Diagnostics& diagnostics) {
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  return losses.any ? kExitLossy : cli::kExitSuccess;
}

/// The end of a copy.
int report(const archive::MergedReader& reader, bool chosen, const archive::Copier& copier,
           const cli::Diagnostics& diagnostics) {
  archive::MergedReader::Losses losses;
  if (!chosen) losses = reader.losses();
  for (const auto& input : reader.inputs()) {
    if (!chosen || !input.failed) continue;
    losses.warnings.push_back(input.failed->message);  // though it could be read the first time
    losses.any = true;
  }
  if (copier.too_large() > 0) {
    losses.warnings.push_back(
        fmt::format("{} records are too large to be written", copier.too_large()));
  }
  losses.any |= leaves_out_records(reader, copier);
  return tell(losses, diagnostics);
}

Result<int> copy_chosen(const Config& config, Inputs& inputs, archive::MergedReader& reader,
                        Choice& choice, const cli::Diagnostics& diagnostics) {
  auto sink = open_output(config);
  if (!sink) return std::unexpected(std::move(sink).error());
  Copy copy(config, reader, choice, *std::move(sink));
  const auto stopped = inputs.read(
      reader, [&](flow::Record&& record) { return copy.take(std::move(record)); },
      [&] { return copy.pause(); });
  Status finished = stopped ? copy.finish() : std::unexpected(stopped.error());
  if (!finished) {
    tell(reader.losses(), diagnostics);
    return std::unexpected(std::move(finished).error());
  }
  return config.recover ? report_recovery(config, reader, copy.copier(), diagnostics)
                        : report(reader, choice.has_value(), copy.copier(), diagnostics);
}

}  // namespace

Result<int> copy(const Config& config, const cli::Diagnostics& diagnostics) {
  MITM_TRY(refuse_inputs(config));
  Inputs inputs(config, is_selective(config));
  auto reader = inputs.open();
  if (!reader) return std::unexpected(std::move(reader).error());
  if (!is_selective(config)) {
    Choice everything;
    return copy_chosen(config, inputs, *reader, everything, diagnostics);
  }
  auto choice = choose(config, inputs, *reader);
  // What is lost beyond what was chosen is nobody's loss, so the second pass tells nothing of it.
  const int status = tell(reader->losses(), diagnostics);
  if (!choice) return std::unexpected(std::move(choice).error());
  reader = inputs.open();
  if (!reader) return std::unexpected(std::move(reader).error());
  const auto copied = copy_chosen(config, inputs, *reader, *choice, diagnostics);
  return copied && *copied == cli::kExitSuccess ? status : copied;
}

}  // namespace mitm::dump
