#include "cmd/mitm-record/run.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cmd/mitm-record/acting_as.h"
#include "cmd/mitm-record/command.h"
#include "cmd/mitm-record/consumers.h"
#include "cmd/mitm-record/deputy.h"
#include "cmd/mitm-record/descriptors.h"
#include "cmd/mitm-record/recording.h"
#include "cmd/mitm-record/refusal_notes.h"
#include "cmd/mitm-record/signals.h"
#include "lib/net/timer.h"

namespace mitm::record {
namespace {

constexpr int kExitSignal = 128;

/// What has ended is counted by the recorder's thread, which looks every 50 milliseconds.
constexpr std::chrono::milliseconds kUntilCounted{100};

/// timeout(1) sends a signal twice at once: to us and to our process group.
constexpr std::chrono::milliseconds kEcho{50};

/// For a command that has to end because it cannot be recorded.
constexpr std::chrono::seconds kPatience{2};

class Run {
 public:
  Run(const Config& config, const cli::Diagnostics& diagnostics)
      : config_(config),
        diagnostics_(diagnostics),
        refusals_(diagnostics, config.proxy.pin_memory) {}

  Result<int> run(const Inherited& inherited);

 private:
  int say_why(const Child::NotStarted& refusal) const;
  Status open(const Inherited& inherited);
  Status get_ready();
  Status drop_privileges(const User& user);
  Status watch_signals(const Inherited& inherited);
  void announce() const;
  void on_signal(net::Signal signal);
  [[noreturn]] void abort(net::Signal signal);
  void reopen();
  void on_command_ended();
  void on_recording_error(Error error);
  void on_resumed(const flow::CaptureGap& gap) const;
  void on_arrival(const flow::FlowError& error, const std::string& hint);
  [[nodiscard]] flow::Endpoint explicit_proxy() const;
  void on_enough();
  void stop();
  void leave_when_done();
  void print_totals() const;
  [[nodiscard]] int exit_status() const;

  const Config& config_;
  const cli::Diagnostics& diagnostics_;
  std::unique_ptr<net::Loop> loop_;  // outlives the recording, whose threads post to it
  std::unique_ptr<net::SignalWatch> signals_;
  std::optional<Hangup> hangup_;
  std::optional<net::Timer> totals_soon_;
  std::unique_ptr<Recording> recording_;
  std::unique_ptr<Command> command_;
  std::thread waiter_;  ///< closes the recording while the loop still listens to signals
  RefusalNotes refusals_;
  std::set<std::string> told_;  ///< kinds of errors of arrivals that the user knows of
  bool stopping_ = false;
  std::optional<net::Signal> signalled_;  ///< somebody wants us to end; a second one: at once
  std::chrono::steady_clock::time_point signalled_at_;
  bool closed_ = false;
  bool failed_ = false;
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
  loop_->run();
  waiter_.join();
  if (!config_.quiet) {
    print_totals();
    refusals_.sum_up(recording_->pinned());
  }
  if (!config_.quiet && command_ && !recording_->counters().any_connection()) {
    diagnostics_.hint(
        fmt::format("{} did not use the proxy; not every program obeys http_proxy and https_proxy",
                    config_.command.front()));
  }
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
  auto recording =
      Recording::open(config_, inherited, diagnostics_,
                      {.ledger = {.on_error =
                                      [this](const Error& error) {
                                        loop_->post([this, error] { on_recording_error(error); });
                                      },
                                  .on_resumed =
                                      [this](const flow::CaptureGap& gap) {
                                        loop_->post([this, gap] { on_resumed(gap); });
                                      },
                                  .on_reopened =
                                      [this](const Result<std::string>& path) {
                                        ArchiveOutput::tell_reopened(path, config_, diagnostics_);
                                      },
                                  .on_truncated =
                                      [this](const std::string& path, const auto& gap) {
                                        ArchiveOutput::tell_truncated(path, gap, diagnostics_);
                                      },
                                  .on_enough = [this] { loop_->post([this] { on_enough(); }); }},
                       .on_pinned =
                           [this](const proxy::TlsClient& client) {
                             if (!config_.quiet)
                               loop_->post([this, client] { refusals_.tell(client); });
                           },
                       .on_arrival =
                           [this](const flow::FlowError& error, const std::string& hint) {
                             loop_->post([this, error, hint] { on_arrival(error, hint); });
                           }});
  if (!recording) return std::unexpected(std::move(recording).error());
  recording_ = *std::move(recording);
  return {};
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
  announce();
  if (!config_.ready_file) return {};
  return root ? root->act() : write();
}

Status Run::drop_privileges(const User& user) {
  MITM_TRY(recording_->give_to(user));
  if (command_) MITM_TRY(command_->give_to(user));
  MITM_TRY(become(user, config_.mark ? Keep::kNetAdmin : Keep::kNothing));
  return config_.rotation ? check_folder_of(*config_.output, user, "rotation") : Status{};
}

Status Run::watch_signals(const Inherited& inherited) {
  // Inherited as ignored it would make the kernel forget how the command ended.
  std::signal(SIGCHLD, SIG_DFL);
  // A recording that reaches the limit of file sizes is an error to report, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  hangup_.emplace(inherited);
  totals_soon_.emplace(*loop_, [this] { print_totals(); });
  auto watch = net::SignalWatch::create(*loop_, watched_signals(inherited, command_ != nullptr),
                                        [this](net::Signal signal) { on_signal(signal); });
  if (!watch) return std::unexpected(std::move(watch).error());
  signals_ = *std::move(watch);
  return {};
}

void Run::announce() const {
  if (config_.quiet) return;
  const auto& addresses = recording_->addresses();
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    diagnostics_.note(
        fmt::format("listening on {} ({})", to_string(addresses[i]), config_.ways_in[i].mode));
  }
}

void Run::on_signal(net::Signal signal) {
  if (signal.number == SIGCHLD) return on_command_ended();
  if (signal.number == SIGUSR1) return totals_soon_->start(kUntilCounted);
  if (command_ && command_->is_running()) {
    if (!reaches_command(signal)) command_->send(signal.number);
    return;
  }
  if (is_for_command(signal.number)) return;
  if (signal.number == SIGHUP) {
    const auto meaning = hangup_->meaning(signal);
    if (meaning == Hangup::Meaning::kReopen) return reopen();
    if (meaning == Hangup::Meaning::kNothing) return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!signalled_) {
    signalled_ = signal;
    signalled_at_ = now;
    return stopping_ ? recording_->drain(std::chrono::milliseconds(0)) : stop();
  }
  const bool is_echo = signal.number == signalled_->number && now - signalled_at_ < kEcho;
  if (!is_echo) abort(signal);
}

void Run::abort(net::Signal signal) {
  command_.reset();
  pollfd terminal{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  // Nothing may hold this up.
  if (!config_.quiet && config_.output && ::poll(&terminal, 1, 0) == 1) {
    diagnostics_.note(
        "a second signal: the recording is readable up to its last flush, not closed");
  }
  ::_exit(kExitSignal + signal.number);
}

void Run::reopen() {
  if (stopping_) {
    diagnostics_.note("SIGHUP: the recording is being closed already, and goes on in no new file");
    return;
  }
  if (const Status logged = recording_->reopen(); !logged) diagnostics_.error(logged.error());
}

void Run::on_command_ended() {
  if (!command_ || !command_->is_running()) return;
  command_->poll();
  if (command_->is_running()) return;
  stop();
  leave_when_done();
}

void Run::on_recording_error(Error error) {
  const bool reader_left = error.code == Code::kCancelled;
  const bool goes_on = config_.disk_full == DiskFull::kPass && config_.output && !reader_left;
  // A command that runs cannot do without its proxy.
  const bool relays_on = goes_on || (command_ && command_->is_running());
  if (!reader_left) {
    error.hint = goes_on
                     ? "traffic goes on; what cannot be recorded is counted, and recording goes "
                       "on when it can"
                 : relays_on ? "COMMAND goes on unrecorded; what was recorded before is readable"
                             : "the recording ends; what was recorded before is readable";
    diagnostics_.error(error);
  } else if (config_.output && !config_.quiet) {
    diagnostics_.note(error.message);
  }
  if (!relays_on) stop();
}

void Run::on_resumed(const flow::CaptureGap& gap) const {
  diagnostics_.warning(
      fmt::format("the recording can be written again; {} records ({} bytes) are missing",
                  gap.records, gap.bytes));
}

/// Once for each kind: a wrong rule makes many connections.
void Run::on_arrival(const flow::FlowError& error, const std::string& hint) {
  if (!told_.insert(error.kind).second) return;
  diagnostics_.warning(error.message);
  diagnostics_.hint(hint);
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
  if (!command_ || !command_->is_running()) stop();
}

void Run::stop() {
  if (std::exchange(stopping_, true)) return;
  recording_->drain(config_.drain);
  waiter_ = std::thread([this] {
    recording_->wait();
    // Errors have been reported by the time it returns. That a reader went away is none.
    const Status closed = recording_->close();
    failed_ = !closed && closed.error().code != Code::kCancelled;
    loop_->post([this] {
      closed_ = true;
      if (const Status logged = recording_->key_log_status(); !logged) {
        diagnostics_.error(logged.error());
        failed_ = true;
      }
      leave_when_done();
    });
  });
}

void Run::leave_when_done() {
  if (closed_ && (!command_ || !command_->is_running())) loop_->stop();
}

void Run::print_totals() const {
  const auto totals = recording_->counters().totals();
  auto text = fmt::format(
      "{} flows recorded, {} filtered out, {} passed through, {} failed before a request",
      totals.recorded, totals.filtered, totals.passed, totals.failed);
  if (totals.lost > 0) text += fmt::format(", {} lost", totals.lost);
  text += fmt::format("; {} seen", totals.seen);
  if (totals.hurried_frames > 0)
    text += fmt::format("; {} frames compressed less to keep up", totals.hurried_frames);
  diagnostics_.note(text);
  if (const auto outside = recording_->counters().turned_away(); outside > 0) {
    diagnostics_.note(
        outside == 1
            ? "1 connection from outside of --allow was turned away"
            : fmt::format("{} connections from outside of --allow were turned away", outside));
  }
}

int Run::exit_status() const {
  const int status = command_ ? command_->status().value_or(0) : 0;
  return status == 0 && failed_ ? 1 : status;
}

}  // namespace

Result<int> run(const Config& config, const Inherited& inherited,
                const cli::Diagnostics& diagnostics) {
  return Run(config, diagnostics).run(inherited);
}

}  // namespace mitm::record
