#include "cmd/mitm-dump/run.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/outputs.h"
#include "lib/archive/merged_reader.h"
#include "lib/base/spool.h"
#include "lib/cli/output.h"
#include "lib/cli/run.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {
namespace {

/// Holds back what is printed until it is certain that it is what was meant.
class SpoolSink final : public ByteSink {
 public:
  Status write(ByteView bytes) override { return spool_.append(bytes); }
  Status sync() override { return {}; }
  Status close() override { return {}; }
  Status copy_to(ByteSink& sink) {
    SpoolSource source(spool_);
    Bytes buffer(64 * 1024, '\0');
    while (true) {
      const auto got = source.read(buffer);
      if (!got) return std::unexpected(got.error());
      if (*got == 0) return {};
      MITM_TRY(sink.write(ByteView(buffer).substr(0, *got)));
    }
  }

 private:
  Spool spool_;
};

bool is_regular(int fd) {
  struct stat info{};
  return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

bool is_regular(const std::string& path) {
  if (path == "-") return is_regular(STDIN_FILENO);
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

/// Somebody may be watching while more is to come. Where all input is there already, waiting for a
/// full buffer costs nobody any time.
bool flushes_each_flow(const Config& config) {
  if (is_regular(STDOUT_FILENO)) return false;
  if (::isatty(STDOUT_FILENO) == 1) return true;
  for (const std::string& path : config.inputs) {
    if (!is_regular(path)) return true;
  }
  return false;
}

/// Everything between the records and standard output.
class Dump {
 public:
  Dump(const Config& config, const cli::Diagnostics& diagnostics)
      : config_(config), stream_(wanted_bodies(config)), flush_each_(flushes_each_flow(config)) {
    if (config.flow) selection_.emplace(*config.flow);
    ByteSink& sink = selection_ ? static_cast<ByteSink&>(held_) : stdout_;
    output_ = make_output(config_, sink, diagnostics);
  }

  void show_run() { output_->show_run(); }

  /// False: enough has been printed.
  Result<bool> take(flow::Record&& record) {
    MITM_TRY(stream_.add(std::move(record)));
    return print_ended();
  }

  /// Lets out what was printed, where nothing more can come.
  Status flush() { return stdout_.flush(); }

  Status finish() {
    if (!is_enough()) {
      stream_.finish();
      if (const auto more = print_ended(); !more) return std::unexpected(more.error());
    }
    MITM_TRY(output_->finish());
    if (selection_) {
      MITM_TRY(selection_->check());
      MITM_TRY(held_.copy_to(stdout_));
    }
    return stdout_.close();
  }

 private:
  static flow::FlowStream::Wanted wanted_bodies(const Config& config) {
    if (!needs_bodies(config)) return nullptr;
    if (!config.flow) return [](const flow::Record&) { return true; };
    return [id = config.flow->id](const flow::Record& record) { return record.flow == id; };
  }

  Result<bool> print_ended() {
    while (const auto finished = stream_.next()) {
      if (selection_ && !selection_->take(finished->flow)) continue;
      if (printed_ == config_.limit) continue;
      MITM_TRY(output_->print(*finished));
      if (flush_each_) MITM_TRY(stdout_.flush());
      ++printed_;
      if (is_enough()) return false;
    }
    return true;
  }

  /// Whether another run has the selected flow too shows only at the end.
  [[nodiscard]] bool is_enough() const { return printed_ == config_.limit && !selection_; }

  const Config& config_;
  flow::FlowStream stream_;
  bool flush_each_;
  cli::Output stdout_;
  SpoolSink held_;
  std::optional<Selection> selection_;
  std::unique_ptr<FlowOutput> output_;
  std::uint64_t printed_ = 0;
};

Status print_flows(archive::MergedReader& reader, Dump& dump) {
  while (true) {
    auto record = reader.next();
    if (!record) return std::unexpected(std::move(record).error());
    if (!*record) return {};
    if (reader.has_several_runs()) dump.show_run();
    const auto more = dump.take(**std::move(record));
    if (!more) return std::unexpected(more.error());
    if (!*more) return {};
  }
}

/// What could be printed before an error is not lost with it.
Status print_all(archive::MergedReader& reader, Dump& dump) {
  Status printed = print_flows(reader, dump);
  if (printed) return dump.finish();
  static_cast<void>(dump.flush());
  return printed;
}

}  // namespace

Result<int> run(const Config& config, const cli::Diagnostics& diagnostics) {
  auto reader = archive::MergedReader::open(config.inputs);
  if (!reader) return std::unexpected(std::move(reader).error());
  Dump dump(config, diagnostics);
  Status finished = print_all(*reader, dump);
  const auto losses = reader->losses();
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  if (!finished) return std::unexpected(std::move(finished).error());
  return losses.any ? kExitLossy : cli::kExitSuccess;
}

}  // namespace mitm::dump
