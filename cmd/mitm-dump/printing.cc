#include "cmd/mitm-dump/printing.h"

#include <sys/stat.h>
#include <unistd.h>

namespace mitm::dump {
namespace {

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

}  // namespace

Status Printing::Held::copy_to(ByteSink& sink) {
  SpoolSource source(spool_);
  Bytes buffer(64 * 1024, '\0');
  while (true) {
    const auto got = source.read(buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return {};
    MITM_TRY(sink.write(ByteView(buffer).substr(0, *got)));
  }
}

Printing::Printing(const Config& config, const cli::Diagnostics& diagnostics)
    : config_(config), flush_each_(flushes_each_flow(config)) {
  if (config.flow) selection_.emplace(*config.flow);
  ByteSink& sink = holds_back() ? static_cast<ByteSink&>(held_) : stdout_;
  output_ = make_output(config_, sink, diagnostics);
}

void Printing::show_run() {
  output_->show_run();
  several_runs_ = true;
}

Result<bool> Printing::is_selected(const flow::Flow& flow) {
  if (!selection_) return true;
  if (!selection_->take(flow)) return false;
  if (!config_.follow || !several_runs_ || !selection_->name().run.empty()) return true;
  return fail(Code::kUsage, "several runs are followed: a flow of one cannot be told by its number",
              "say which run is meant: --flow RUN:ID");
}

bool Printing::passes(const flow::Flow& flow, filter::Known known) const {
  return !config_.filter || config_.filter->decide(flow, known) == filter::Truth::kYes;
}

Result<bool> Printing::print(const flow::FinishedFlow& flow, filter::Known known) {
  const auto selected = is_selected(flow.flow);
  if (!selected) return selected;
  if (!*selected || printed_ == config_.limit || !passes(flow.flow, known)) return true;
  MITM_TRY(output_->print(flow));
  if (flush_each_) MITM_TRY(stdout_.flush());
  ++printed_;
  return !is_enough();
}

bool Printing::is_enough() const {
  if (!selection_) return printed_ == config_.limit;
  return !holds_back() && printed_ > 0;
}

Status Printing::flush() {
  MITM_TRY(stdout_.flush());
  return stdout_.check();
}

Status Printing::finish(Stopped why) {
  MITM_TRY(output_->finish());
  if (selection_ && why != Stopped::kInterrupted) MITM_TRY(selection_->check());
  if (holds_back()) MITM_TRY(held_.copy_to(stdout_));
  return stdout_.close();
}

}  // namespace mitm::dump
