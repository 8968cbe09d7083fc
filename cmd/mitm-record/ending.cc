#include "cmd/mitm-record/ending.h"

#include <poll.h>
#include <unistd.h>

#include <utility>

namespace mitm::record {

void Ending::begin() {
  if (std::exchange(begun_, true)) return;
  subject_.drain(config_.drain);
  closer_ = std::jthread([this] {
    const Status closed = subject_.close();
    loop_.post([this, closed] { on_closed(closed); });
  });
}

void Ending::on_signal(const net::Signal& signal) {
  switch (insistence_.meaning(signal, Insistence::Clock::now())) {
    case Insistence::Meaning::kEnd:
      return begun_ ? subject_.drain(std::chrono::milliseconds(0)) : begin();
    case Insistence::Meaning::kNothing:
      return;
    case Insistence::Meaning::kAbort:
      abort(signal);
  }
}

void Ending::abort(const net::Signal& signal) {
  subject_.drop_command();
  pollfd terminal{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  // Nothing may hold this up.
  if (!config_.quiet && config_.output.path && ::poll(&terminal, 1, 0) == 1) {
    diagnostics_.note(
        "a second signal: the recording is readable up to its last flush, not closed");
  }
  ::_exit(kExitSignal + signal.number);
}

void Ending::on_command_ended() {
  begin();
  leave_when_done();
}

void Ending::on_closed(const Status& closed) {
  closed_ = true;
  failed_ = !closed && closed.error().code != Code::kCancelled;
  if (const Status logged = subject_.key_log_status(); !logged) {
    diagnostics_.error(logged.error());
    failed_ = true;
  }
  leave_when_done();
}

void Ending::leave_when_done() {
  if (closed_ && !subject_.command_runs()) loop_.stop();
}

}  // namespace mitm::record
