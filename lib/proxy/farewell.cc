#include "lib/proxy/farewell.h"

#include <utility>

#include "lib/net/buffer.h"

namespace mitm::proxy {
namespace {

/// How often the kernel is asked what it still has to send; it does not tell by itself.
constexpr std::chrono::milliseconds kKernelCheck{20};

}  // namespace

Farewell::Farewell(net::Loop& loop, const Settings& settings, std::function<void(bool)> done)
    : settings_(settings), done_(std::move(done)), timer_(loop, [this] { tick(); }) {}

void Farewell::start(net::Stream& stream, Ending ending) {
  stream_ = &stream;
  ending_ = ending;
  if (ending != Ending::kReset) stream.finish(ending == Ending::kClean);
  lingering_ = stream.finished();
  waited_for_ = waiting();
  progress_ = std::chrono::steady_clock::now();
  arm();
}

bool Farewell::is_over() const {
  if (ending_ == Ending::kReset) return waiting() == 0;
  // Closing while the peer still sends would reset the connection, which could destroy our last
  // words on their way (RFC 9112, section 9.6).
  return stream_->finished() && stream_->ended_clean();
}

std::size_t Farewell::waiting() const {
  return evbuffer_get_length(stream_->output()) + stream_->unacknowledged();
}

std::chrono::milliseconds Farewell::patience() const {
  return lingering_ ? settings_.linger_timeout : settings_.write_timeout;
}

void Farewell::arm() {
  if (is_over()) return timer_.start(std::chrono::milliseconds(0));
  const bool in_kernel = ending_ == Ending::kReset && evbuffer_get_length(stream_->output()) == 0;
  timer_.start(in_kernel ? kKernelCheck : patience());
}

void Farewell::check() {
  if (stream_ == nullptr) return;
  if (is_over()) return finish(true);
  if (!std::exchange(lingering_, stream_->finished()) && lingering_) {
    progress_ = std::chrono::steady_clock::now();
    arm();
  } else if (ending_ == Ending::kReset) {
    arm();
  }
}

void Farewell::tick() {
  if (is_over()) return finish(true);
  const auto now = std::chrono::steady_clock::now();
  if (waiting() < waited_for_) {
    waited_for_ = waiting();
    progress_ = now;
  }
  now - progress_ >= patience() ? finish(false) : arm();
}

void Farewell::finish(bool all_taken) {
  timer_.cancel();
  if (const auto done = std::exchange(done_, nullptr)) done(all_taken);
}

}  // namespace mitm::proxy
