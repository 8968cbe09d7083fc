#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/timer.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

/// How long a peer may take to read what is left for it after the other one is gone.
constexpr std::chrono::seconds kPatience{10};

class RelayingPhase final : public Phase {
 public:
  RelayingPhase(Session& session, std::unique_ptr<Tap> tap)
      : Phase(session), tap_(std::move(tap)), deadline_(session.environment().loop, [this] {
          if (current()) finish_cut();
        }) {}

  void start() override {
    for (net::Stream* stream : {&session().client(), session().server()}) {
      stream->resume(net::Pause::kUndecided);
      if (evbuffer_get_length(stream->input()) > 0) on_input(*stream);
      if (stream->ended_clean()) {
        tap_->on_end(session().side_of(*stream), *stream->ended_clean());
        session().peer_of(*stream).finish(*stream->ended_clean());
      }
    }
    close_when_done();
  }

  void cut(const flow::FlowError& error) override { close_tap(error); }
  [[nodiscard]] bool idle() const override { return tap_->idle(); }

  void on_input(net::Stream& from) override {
    const auto sender = session().side_of(from);
    if (cut_) return net::discard_all(from.input());
    net::for_each_span(from.input(), 0, [&](ByteView span) { tap_->on_bytes(sender, span); });
    net::Stream& to = session().peer_of(from);
    if (output_closed_[static_cast<std::size_t>(flow::other(sender))])
      return net::discard_all(from.input());
    evbuffer_add_buffer(to.output(), from.input());
    if (evbuffer_get_length(to.output()) > net::kHighMark) from.pause(net::Pause::kPeer);
  }

  void on_output_low(net::Stream& to) override {
    if (leaving_) return finish_leaving();
    if (cut_) return finish_cut_when_drained();
    session().peer_of(to).resume(net::Pause::kPeer);
    close_when_done();
  }

  void on_end(net::Stream& from, bool clean) override {
    if (leaving_) return finish_leaving();
    if (cut_) return;
    if (evbuffer_get_length(from.input()) > 0) on_input(from);
    const auto side = session().side_of(from);
    if (output_closed_[static_cast<std::size_t>(side)]) return leave(side);
    tap_->on_end(side, clean);
    session().peer_of(from).finish(clean);
    close_when_done();
  }

  void on_output_closed(net::Stream& to) override {
    const auto side = session().side_of(to);
    if (cut_) return finish_cut();
    output_closed_[static_cast<std::size_t>(side)] = true;
    // Whoever sends to it must not fill a recording with what nobody received.
    session().peer_of(to).pause(net::Pause::kPeer);
    if (to.ended_clean()) cut_by(side, "connection reset by peer");
  }

  void on_error(net::Stream& stream, net::StreamError error) override {
    if (cut_) return finish_cut();
    cut_by(session().side_of(stream), error.error.message);
  }

 private:
  /// One side is gone for good. The other one still gets what is on its way to it, and then learns
  /// that it was not a proper end.
  void cut_by(flow::Side side, const std::string& reason) {
    survivor_ = side == flow::Side::kClient ? session().server() : &session().client();
    net::Stream& gone = session().peer_of(*survivor_);
    if (evbuffer_get_length(gone.input()) > 0) on_input(gone);
    cut_ = flow::FlowError{side == flow::Side::kClient ? "client-reset" : "server-reset", reason};
    close_tap(*cut_);
    deadline_.start(kPatience);
    finish_cut_when_drained();
  }

  /// One side read no more, said what it had to say and is gone: a server that answered an upload
  /// early. A reset could destroy its answer on the way (RFC 9112, section 9.6), so the other side
  /// gets an end and is listened to, without effect, until it ends as well.
  void leave(flow::Side side) {
    leaving_ = true;
    survivor_ = side == flow::Side::kClient ? session().server() : &session().client();
    cut_ = flow::FlowError{side == flow::Side::kClient ? "client-reset" : "server-reset",
                           "closed without having read everything"};
    tap_->on_end(side, false);
    close_tap(*cut_);
    deadline_.start(kPatience);
    survivor_->finish(false);
    survivor_->resume(net::Pause::kPeer);
    finish_leaving();
  }

  void finish_leaving() {
    if (survivor_->finished() && survivor_->ended_clean()) session().close(cut_);
  }

  void finish_cut_when_drained() {
    if (evbuffer_get_length(survivor_->output()) == 0) finish_cut();
  }

  void finish_cut() {
    survivor_->abort();
    session().close(cut_);
  }

  void close_when_done() {
    if (!session().client().finished() || !session().server()->finished()) return;
    close_tap(std::nullopt);
    session().close();
  }

  void close_tap(const std::optional<flow::FlowError>& error) {
    if (!std::exchange(tap_closed_, true)) tap_->close(error);
  }

  std::unique_ptr<Tap> tap_;
  net::Timer deadline_;
  bool tap_closed_ = false;
  bool output_closed_[2] = {};
  bool leaving_ = false;
  std::optional<flow::FlowError> cut_;
  net::Stream* survivor_ = nullptr;
};

}  // namespace

std::unique_ptr<Phase> make_relaying_phase(Session& session, std::unique_ptr<Tap> tap) {
  return std::make_unique<RelayingPhase>(session, std::move(tap));
}

}  // namespace mitm::proxy
