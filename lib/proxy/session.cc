#include "lib/proxy/session.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/phases.h"

namespace mitm::proxy {

namespace {

std::string seconds(std::chrono::milliseconds duration) {
  return fmt::format("{:g} seconds", std::chrono::duration<double>(duration).count());
}

}  // namespace

Session::Session(Environment& environment, SessionOwner& owner, flow::ConnectionId id, Fd client,
                 Arrival arrival)
    : environment_(environment),
      owner_(owner),
      journal_(environment.journal, id),
      arrival_(std::move(arrival)) {
  const Entrance& entrance = arrival_.entrance;
  journal_.write(0, flow::ConnectionOpened{
                        .client = from(), .listener = entrance.listener, .mode = entrance.mode});
  auto phase = make_first_phase(*this);
  client_ = net::make_stream(environment.loop, std::move(client), *phase);
  phase_ = std::move(phase);
}

void Session::start() { phase_->start(); }

net::Stream& Session::peer_of(const net::Stream& stream) const {
  return &stream == client_.get() ? *server_ : *client_;
}

flow::Side Session::side_of(const net::Stream& stream) const {
  return &stream == client_.get() ? flow::Side::kClient : flow::Side::kServer;
}

void Session::set_client(std::unique_ptr<net::Stream> stream) { adopt(client_, std::move(stream)); }

void Session::set_server(std::unique_ptr<net::Stream> stream) {
  const bool settles = stream != nullptr && !settled_;
  adopt(server_, std::move(stream));
  claim_.reset();
  if (!settles) return;
  had_server_ = settled_ = true;
  owner_.on_settled(*this);
}

void Session::unsettle() {
  if (std::exchange(settled_, false)) owner_.on_unsettled(*this);
}

void Session::replace_server(std::unique_ptr<net::Stream> stream) {
  adopt(server_, std::move(stream));
}

void Session::adopt(std::unique_ptr<net::Stream>& slot, std::unique_ptr<net::Stream> stream) {
  if (stream && held_) stream->pause(net::Pause::kRecorder);
  if (slot) {
    slot->silence();
    environment_.loop.retire(std::exchange(slot, nullptr));
  }
  slot = std::move(stream);
}

void Session::enter(std::unique_ptr<Phase> phase) {
  if (phase_) environment_.loop.retire(std::move(phase_));
  phase_ = std::move(phase);
  client_->set_handler(*phase_);
  if (server_) server_->set_handler(*phase_);
  phase_->start();
}

void Session::close(const std::optional<flow::FlowError>& error) {
  if (std::exchange(closed_, true)) return;
  client_->silence();
  if (server_) server_->silence();
  journal_.write(0, flow::ConnectionClosed{error});
  owner_.retire(*this);
}

void Session::cut(const flow::FlowError& error) {
  if (closed_) return;
  if (phase_) phase_->cut(error);
  client_->abort();
  close(error);
}

bool Session::idle() const {
  // What is on its way to a peer belongs to a flow, even if that has ended.
  const auto drained = [](net::Stream& stream) {
    return evbuffer_get_length(stream.output()) == 0;
  };
  return phase_->idle() && drained(*client_) && (!server_ || drained(*server_));
}

std::uint64_t Session::moved() const { return client_->moved() + (server_ ? server_->moved() : 0); }

void Session::check_stillness(bool others_wait) {
  if (closed_) return;
  StillnessLimits limits = environment_.settings.stillness;
  if (others_wait && idle()) limits.shorten_idle();
  // A connection that is held does not stand still by itself.
  const Stillness::TimePoint now(free_time());
  switch (stillness_.judge(moved(), phase_->waiting(), limits, now)) {
    case Stillness::Verdict::kGoOn:
      return;
    case Stillness::Verdict::kNoAnswer:
      return phase_->on_stalled(
          {"timeout", fmt::format("the server did not begin to answer within {}",
                                  seconds(limits.first_byte))});
    case Stillness::Verdict::kIdle:
      if (idle()) return close_idle();
      phase_->on_stalled({"timeout", fmt::format("nothing was sent for {}", seconds(limits.idle))});
  }
}

std::chrono::steady_clock::duration Session::free_time() const {
  const auto until = held_ ? held_since_ : std::chrono::steady_clock::now();
  return until.time_since_epoch() - held_for_;
}

/// As a server or a client would that has no use for the connection any more.
void Session::close_idle() {
  client_->finish(true);
  if (server_) server_->finish(true);
  close();
}

void Session::hold(bool held) {
  const auto now = std::chrono::steady_clock::now();
  if (held && !held_) held_since_ = now;
  if (!held && held_) held_for_ += now - held_since_;
  held_ = held;
  for (net::Stream* stream : {client_.get(), server_.get()}) {
    if (stream == nullptr) continue;
    held ? stream->pause(net::Pause::kRecorder) : stream->resume(net::Pause::kRecorder);
  }
}

}  // namespace mitm::proxy
