#include "cmd/mitm-record/run.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cmd/mitm-record/acting_as.h"
#include "cmd/mitm-record/command.h"
#include "cmd/mitm-record/deputy.h"
#include "cmd/mitm-record/descriptors.h"
#include "cmd/mitm-record/ending.h"
#include "cmd/mitm-record/recording.h"
#include "cmd/mitm-record/run_notes.h"
#include "cmd/mitm-record/signals.h"
#include "lib/net/timer.h"

namespace mitm::record {
namespace {

/// What has ended is counted by the recorder's thread, which looks every 50 milliseconds.
constexpr std::chrono::milliseconds kUntilCounted{100};

/// For a command that has to end because it cannot be recorded.
constexpr std::chrono::seconds kPatience{2};

class Run {
 public:
  Run(const Config& config, const cli::Diagnostics& diagnostics)
      : config_(config), diagnostics_(diagnostics), notes_(config, diagnostics) {}

  Result<int> run(const Inherited& inherited);

 private:
  int say_why(const Child::NotStarted& refusal) const;
  Status open(const Inherited& inherited);
  Status watch_signals(const Inherited& inherited);
  RecordingEvents events();
  Ending::Subject subject();
  Status get_ready();
  Status drop_privileges(const User& user);
  Result<std::optional<int>> start(const Inherited& inherited);
  void on_signal(net::Signal signal);
  void reopen();
  void on_command_ended();
  void on_recording_error(const Error& error);
  void on_enough();
  [[nodiscard]] bool command_runs() const { return command_ && command_->is_running(); }
  [[nodiscard]] flow::Endpoint explicit_proxy() const;
  [[nodiscard]] int exit_status() const;

  const Config& config_;
  const cli::Diagnostics& diagnostics_;
  RunNotes notes_;
  std::unique_ptr<net::Loop> loop_;  // outlives the recording, whose threads post to it
  std::unique_ptr<net::SignalWatch> signals_;
  std::optional<Hangup> hangup_;
  std::optional<net::Timer> totals_soon_;
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<Command> command_;
  std::optional<Ending> ending_;  // its thread uses the recording, so that it is destroyed first
};

Result<int> Run::run(const Inherited& inherited) {
  take_descriptors(diagnostics_);
  if (!config_.command.empty()) {
    auto command = Command::prepare(config_.command, inherited);
    if (!command) return say_why(command.error());
    command_ = *std::move(command);
  }
  if (Status opened = open(inherited); !opened) {
    const bool cancelled = command_ && opened.error().code == Code::kCancelled;
    if (const auto signal = cancelled ? interruption(inherited) : std::nullopt)
      return kExitSignal + *signal;
    return std::unexpected(std::move(opened).error());
  }
  MITM_TRY(get_ready());
  const auto over = start(inherited);
  if (!over) return std::unexpected(over.error());
  if (*over) return **over;
  loop_->run();
  notes_.sum_up(recording_->counters(), recording_->pinned());
  return exit_status();
}

int Run::say_why(const Child::NotStarted& refusal) const {
  diagnostics_.error(refusal.error);
  return refusal.status;
}

Status Run::open(const Inherited& inherited) {
  auto loop = net::Loop::create();
  if (!loop) return std::unexpected(std::move(loop).error());
  loop_ = *std::move(loop);
  MITM_TRY(watch_signals(inherited));
  auto recording = Recording::open(config_, inherited, diagnostics_, events());
  if (!recording) return std::unexpected(std::move(recording).error());
  recording_ = *std::move(recording);
  ending_.emplace(*loop_, config_, diagnostics_, subject());
  return {};
}

/// They come on threads of the recording.
RecordingEvents Run::events() {
  return {
      .ledger = {.on_error =
                     [this](const Error& error) {
                       loop_->post([this, error] { on_recording_error(error); });
                     },
                 .on_resumed =
                     [this](const flow::CaptureGap& gap) {
                       loop_->post([this, gap] { notes_.resumed(gap); });
                     },
                 .on_reopened = [this](const Result<std::string>& path) { notes_.reopened(path); },
                 .on_truncated = [this](const std::string& path,
                                        const auto& gap) { notes_.truncated(path, gap); },
                 .on_enough = [this] { loop_->post([this] { on_enough(); }); }},
      .on_pinned =
          [this](const proxy::TlsClient& client) {
            loop_->post([this, client] { notes_.refused(client); });
          },
      .on_arrival =
          [this](const flow::FlowError& error, const std::string& hint) {
            loop_->post([this, error, hint] { notes_.not_taken(error, hint); });
          }};
}

Ending::Subject Run::subject() {
  return {.drain = [this](std::chrono::milliseconds patience) { recording_->drain(patience); },
          .close =
              [this] {
                recording_->wait();
                return recording_->close();
              },
          .key_log_status = [this] { return recording_->key_log_status(); },
          .command_runs = [this] { return command_runs(); },
          .drop_command = [this] { command_.reset(); }};
}

/// Whoever is told that we are ready finds us as we stay: as the user, who may not be allowed to
/// put the file into its place.
Status Run::get_ready() {
  const auto write = [this] { return recording_->write_ready_file(*config_.ready_file); };
  std::optional<Deputy> root;
  if (config_.user) {
    if (config_.ready_file) {
      auto deputy = Deputy::appoint(write);
      if (!deputy) return std::unexpected(std::move(deputy).error());
      root.emplace(*std::move(deputy));
    }
    MITM_TRY(drop_privileges(*config_.user));
  }
  notes_.listening(recording_->addresses());
  if (!config_.ready_file) return {};
  return root ? root->act() : write();
}

Status Run::drop_privileges(const User& user) {
  MITM_TRY(recording_->give_to(user));
  if (command_) MITM_TRY(command_->give_to(user));
  MITM_TRY(become(user, config_.mark ? Keep::kNetAdmin : Keep::kNothing));
  return config_.output.rotation ? check_folder_of(*config_.output.path, user, "rotation")
                                 : Status{};
}

Status Run::watch_signals(const Inherited& inherited) {
  // Inherited as ignored it would make the kernel forget how the command ended.
  std::signal(SIGCHLD, SIG_DFL);
  // A recording that reaches the limit of file sizes is an error to report, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  hangup_.emplace(inherited);
  totals_soon_.emplace(*loop_, [this] { notes_.totals(recording_->counters()); });
  auto watch = net::SignalWatch::create(*loop_, watched_signals(inherited, command_ != nullptr),
                                        [this](net::Signal signal) { on_signal(signal); });
  if (!watch) return std::unexpected(std::move(watch).error());
  signals_ = *std::move(watch);
  return {};
}

/// Returns the exit status when there is nothing to be recorded after all.
Result<std::optional<int>> Run::start(const Inherited& inherited) {
  // The command comes first: one that does not start must not cost an earlier recording. What it
  // connects to waits until the recording has started.
  if (command_) {
    MITM_TRY(command_->arrange(explicit_proxy(), recording_->ca_pem(), diagnostics_));
    if (const auto signal = interruption(inherited)) return kExitSignal + *signal;
    if (const auto started = command_->start(); !started) return say_why(started.error());
  }
  if (Status started = recording_->start(); !started) {
    if (command_) command_->end(kPatience);
    return std::unexpected(std::move(started).error());
  }
  return std::nullopt;
}

void Run::on_signal(net::Signal signal) {
  if (signal.number == SIGCHLD) return on_command_ended();
  if (signal.number == SIGUSR1) return totals_soon_->start(kUntilCounted);
  if (command_runs()) {
    if (!reaches_command(signal)) command_->send(signal.number);
    return;
  }
  if (is_for_command(signal.number)) return;
  if (signal.number == SIGHUP) {
    const auto meaning = hangup_->meaning(signal);
    if (meaning == Hangup::Meaning::kReopen) return reopen();
    if (meaning == Hangup::Meaning::kNothing) return;
  }
  ending_->on_signal(signal);
}

void Run::reopen() {
  if (ending_->has_begun()) {
    diagnostics_.note("SIGHUP: the recording is being closed already, and goes on in no new file");
    return;
  }
  if (const Status logged = recording_->reopen(); !logged) diagnostics_.error(logged.error());
}

void Run::on_command_ended() {
  if (!command_runs()) return;
  command_->poll();
  if (!command_runs()) ending_->on_command_ended();
}

void Run::on_recording_error(const Error& error) {
  const bool reader_left = error.code == Code::kCancelled;
  const bool tries_again =
      config_.output.disk_full == DiskFull::kPass && config_.output.path && !reader_left;
  const GoesOn goes_on = tries_again      ? GoesOn::kTraffic
                         : command_runs() ? GoesOn::kCommand
                                          : GoesOn::kNothing;
  notes_.recording_failed(error, goes_on);
  if (goes_on == GoesOn::kNothing) ending_->begin();
}

/// As this machine reaches it.
flow::Endpoint Run::explicit_proxy() const {
  const auto way = std::ranges::find_if(config_.ways_in, [](const WayIn& candidate) {
    return candidate.entrance.mode == flow::Mode::kExplicit;
  });
  const auto index = static_cast<std::size_t>(way - config_.ways_in.begin());
  flow::Endpoint address = recording_->addresses()[index];
  if (address.address == "0.0.0.0") address.address = "127.0.0.1";
  if (address.address == "::") address.address = "::1";
  return address;
}

void Run::on_enough() {
  // A command that runs cannot do without its proxy.
  if (!command_runs()) ending_->begin();
}

int Run::exit_status() const {
  const int status = command_ ? command_->status().value_or(0) : 0;
  return status == 0 && ending_->failed() ? 1 : status;
}

}  // namespace

Result<int> run(const Config& config, const Inherited& inherited,
                const cli::Diagnostics& diagnostics) {
  return Run(config, diagnostics).run(inherited);
}

}  // namespace mitm::record
