#include "cmd/mitm-dump/dump.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "cmd/mitm-dump/flags.h"
#include "cmd/mitm-dump/inputs.h"
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
  if (config.follow) return true;
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
    ByteSink& sink = holds_back() ? static_cast<ByteSink&>(held_) : stdout_;
    output_ = make_output(config_, sink, diagnostics);
  }

  void show_run() {
    output_->show_run();
    several_runs_ = true;
  }

  /// False: enough has been printed.
  Result<bool> take(flow::Record&& record) {
    MITM_TRY(stream_.add(std::move(record)));
    return print_ended();
  }

  /// Lets out what was printed, where nothing more can come, or not soon.
  Status flush() {
    MITM_TRY(stdout_.flush());
    return stdout_.check();
  }

  Status finish(Stopped why) {
    if (why == Stopped::kAtEnd) {
      stream_.finish();
      if (const auto more = print_ended(); !more) return std::unexpected(more.error());
    }
    MITM_TRY(output_->finish());
    if (selection_ && why != Stopped::kInterrupted) MITM_TRY(selection_->check());
    if (holds_back()) MITM_TRY(held_.copy_to(stdout_));
    return stdout_.close();
  }

 private:
  static flow::FlowStream::Wanted wanted_bodies(const Config& config) {
    if (!needs_bodies(config)) return nullptr;
    if (!config.flow) return [](const flow::Record&) { return true; };
    return [id = config.flow->id](const flow::Record& record) { return record.flow == id; };
  }

  /// Whether another run has the selected flow too shows only at the end, which what is followed
  /// may not have.
  [[nodiscard]] bool holds_back() const { return selection_ && !config_.follow; }

  Result<bool> is_selected(const flow::Flow& flow) {
    if (!selection_) return true;
    if (!selection_->take(flow)) return false;
    if (!config_.follow || !several_runs_ || !selection_->name().run.empty()) return true;
    return fail(Code::kUsage,
                "several runs are followed: a flow of one cannot be told by its number",
                "say which run is meant: --flow RUN:ID");
  }

  Result<bool> print_ended() {
    while (const auto finished = stream_.next()) {
      const auto selected = is_selected(finished->flow);
      if (!selected) return selected;
      if (!*selected || printed_ == config_.limit) continue;
      MITM_TRY(output_->print(*finished));
      if (flush_each_) MITM_TRY(stdout_.flush());
      ++printed_;
      if (is_enough()) return false;
    }
    return true;
  }

  [[nodiscard]] bool is_enough() const {
    if (!selection_) return printed_ == config_.limit;
    return !holds_back() && printed_ > 0;
  }

  const Config& config_;
  flow::FlowStream stream_;
  bool flush_each_;
  bool several_runs_ = false;
  cli::Output stdout_;
  SpoolSink held_;
  std::optional<Selection> selection_;
  std::unique_ptr<FlowOutput> output_;
  std::uint64_t printed_ = 0;
};

Status print_all(const Inputs& inputs, archive::MergedReader& reader, Dump& dump) {
  const auto stopped = inputs.read(
      reader,
      [&](flow::Record&& record) {
        if (reader.has_several_runs()) dump.show_run();
        return dump.take(std::move(record));
      },
      [&]() -> Result<bool> {
        MITM_TRY(dump.flush());
        return true;
      });
  if (stopped) return dump.finish(*stopped);
  // What could be printed before an error is not lost with it.
  static_cast<void>(dump.flush());
  return std::unexpected(stopped.error());
}

}  // namespace

Result<int> print(const Config& config, const cli::Diagnostics& diagnostics) {
  Inputs inputs(config, false);
  auto reader = inputs.open();
  if (!reader) return std::unexpected(std::move(reader).error());
  Dump dump(config, diagnostics);
  Status finished = print_all(inputs, *reader, dump);
  const auto losses = reader->losses();
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  if (!finished) return std::unexpected(std::move(finished).error());
  return losses.any ? kExitLossy : cli::kExitSuccess;
}

}  // namespace mitm::dump
