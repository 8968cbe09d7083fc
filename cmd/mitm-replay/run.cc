#include "cmd/mitm-replay/run.h"

#include <fmt/format.h>

#include <csignal>
#include <optional>
#include <utility>

#include "cmd/mitm-replay/input.h"
#include "cmd/mitm-replay/printer.h"
#include "lib/net/signal_watch.h"
#include "lib/replay/report.h"
#include "lib/replay/sender.h"
#include "lib/tls/trust.h"

namespace mitm::replay {
namespace {

constexpr int kExitLossy = 3;
constexpr int kExitDifferent = 4;
constexpr int kExitSignal = 128;

Result<tls::ServerLeg> make_leg(const Config& config) {
  auto trust = tls::TrustStore::load({.extra = config.upstream_ca});
  if (!trust) return std::unexpected(std::move(trust).error());
  return tls::ServerLeg::create(*trust, {.insecure = config.insecure});
}

/// One replay. Reading and sending take turns on the loop: the next request is looked for when the
/// one before is done with.
class Replay {
 public:
  Replay(const Config& config, net::Loop& loop, Input input, const tls::ServerLeg& leg)
      : config_(config),
        loop_(loop),
        input_(std::move(input)),
        resolver_(1),
        sender_(loop, resolver_, leg, config.timeout),
        printer_(config.color) {}

  /// Stops the loop when everything has been sent, or when it cannot go on.
  void start() { go_on(); }
  /// Stops the loop because of a signal.
  void stop(int signal);
  /// To be called once, when the loop has stopped. Returns the exit status.
  Result<int> conclude(const cli::Diagnostics& diagnostics);

 private:
  void go_on() {
    loop_.defer([this] { advance(); });
  }
  void advance();
  void take_up();
  void settle(const Outcome& outcome);
  void after_printing(Status printed);
  void end(Error error);
  Trial trial_of(const Outcome& outcome) const;
  Status preview();
  Status print_verdict();
  [[nodiscard]] Status check_that_something_was_sent() const;

  const Config& config_;
  net::Loop& loop_;
  Input input_;
  net::Resolver resolver_;
  Sender sender_;
  Printer printer_;
  RecordedRequest request_;  ///< the one under way
  std::optional<Outgoing> outgoing_;
  Tally tally_;
  std::optional<int> stopped_by_;  ///< a signal
  Status status_;                  ///< why it cannot go on
};

void Replay::stop(int signal) {
  stopped_by_ = signal;
  loop_.stop();
}

void Replay::advance() {
  // The loop may come round once more after stop(), and the signal that would end a wait for
  // standard input is no longer pending.
  if (stopped_by_) return;
  if (auto request = input_.next()) {
    request_ = *std::move(request);
    return take_up();
  }
  if (input_.exhausted()) return loop_.stop();
  Status read = input_.read_some();
  if (read) return go_on();
  // The signal that interrupted the reading comes next.
  if (read.error().code != Code::kCancelled) end(std::move(read).error());
}

void Replay::take_up() {
  auto outgoing = make_outgoing(request_, config_.route);
  if (!outgoing) return settle({.answer = std::unexpected(std::move(outgoing).error())});
  outgoing_ = *std::move(outgoing);
  if (config_.dry_run) return after_printing(preview());
  sender_.send(*outgoing_, *request_.body, [this](const Outcome& outcome) { settle(outcome); });
}

Trial Replay::trial_of(const Outcome& outcome) const {
  return {.name = input_.name_of(request_),
          .method = request_.head.method,
          .url = url_of(request_, config_.route),
          .recorded = request_.status,
          .outcome = outcome};
}

void Replay::settle(const Outcome& outcome) {
  const Trial trial = trial_of(outcome);
  tally_.add(trial);
  after_printing(config_.quiet && !is_difference(judge(trial)) ? Status() : printer_.print(trial));
}

Status Replay::preview() {
  ++tally_.sent;
  if (config_.quiet) return {};
  const Trial trial = trial_of({});
  const auto body =
      request_.body->size() == 0 ? std::string() : fmt::format(" {} bytes", request_.body->size());
  return printer_.print_line(fmt::format("{} {} {}{}", trial.name, trial.method, trial.url, body));
}

void Replay::after_printing(Status printed) {
  if (!printed) return end(std::move(printed).error());
  go_on();
}

void Replay::end(Error error) {
  status_ = std::unexpected(std::move(error));
  loop_.stop();
}

Status Replay::print_verdict() {
  tally_.skipped = input_.skipped();
  if (input_.given_out() + input_.skipped() == 0) return {};
  if (!config_.dry_run) return printer_.print_verdict(tally_);
  return printer_.print_line(fmt::format("dry run: {} would be sent, {} could not, {} skipped",
                                         tally_.sent, tally_.failed, tally_.skipped));
}

Status Replay::check_that_something_was_sent() const {
  if (tally_.sent > 0) return {};
  if (input_.given_out() > 0) return fail(Code::kPeer, "nothing could be sent");
  if (input_.skipped() == 0) return fail(Code::kCorrupt, "nothing to send: no HTTP requests");
  return fail(Code::kUnsupported,
              "nothing to send: only CONNECT requests and requests that switched protocols");
}

Result<int> Replay::conclude(const cli::Diagnostics& diagnostics) {
  tally_.stopped = stopped_by_.has_value();
  MITM_TRY(print_verdict());
  const auto losses = input_.losses();
  for (const std::string& warning : losses.warnings) diagnostics.warning(warning);
  MITM_TRY(status_);
  if (stopped_by_) return kExitSignal + *stopped_by_;
  MITM_TRY(check_that_something_was_sent());
  if (tally_.differs() && !config_.dry_run) return kExitDifferent;
  return losses.any ? kExitLossy : 0;
}

}  // namespace

Result<int> run(const Config& config, const cli::Diagnostics& diagnostics) {
  auto input = Input::open(config.inputs, config.limit);
  if (!input) return std::unexpected(std::move(input).error());
  auto leg = make_leg(config);
  if (!leg) return std::unexpected(std::move(leg).error());
  auto loop = net::Loop::create();
  if (!loop) return std::unexpected(std::move(loop).error());
  std::optional<Replay> replay;
  // Blocks the signals for the resolver's threads too, so it comes before the replay.
  auto signals = net::SignalWatch::create(**loop, {SIGINT, SIGTERM},
                                          [&](net::Signal signal) { replay->stop(signal.number); });
  if (!signals) return std::unexpected(std::move(signals).error());
  replay.emplace(config, **loop, *std::move(input), *leg);
  replay->start();
  (*loop)->run();
  return replay->conclude(diagnostics);
}

}  // namespace mitm::replay
