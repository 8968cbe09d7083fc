#include <utility>

#include "lib/net/buffer.h"
#include "lib/proxy/farewell.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

/// How long the beginning of what may be a request waits for the rest of its method.
constexpr std::chrono::milliseconds kUndecided{200};

/// What is read of a survivor that is going to be reset.
constexpr std::size_t kMostDiscarded = std::size_t{4} << 20;

class RelayingPhase final : public Phase {
 public:
  RelayingPhase(Session& session, std::unique_ptr<Tap> tap)
      : Phase(session),
        tap_(std::move(tap)),
        farewell_(session.environment().loop, session.environment().settings,
                  [this](bool all_taken) {
                    if (current()) finish_cut(state_ == State::kCut || !all_taken);
                  }),
        undecided_(*this, [this] { tap_->decide(); }) {}

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
  [[nodiscard]] Waiting waiting() const override {
    if (state_ != State::kRelaying) return Waiting::kElse;
    return tap_->awaits_answer() ? Waiting::kAnswer : Waiting::kPeers;
  }

  void on_input(net::Stream& from) override {
    const auto sender = session().side_of(from);
    if (state_ != State::kRelaying) return discard(from);
    net::for_each_span(from.input(), 0, [&](ByteView span) { tap_->on_bytes(sender, span); });
    if (tap_->undecided()) undecided_.start(kUndecided);
    net::Stream& to = session().peer_of(from);
    if (output_closed_[static_cast<std::size_t>(flow::other(sender))])
      return net::discard_all(from.input());
    const bool full = evbuffer_get_length(to.output()) > net::kHighMark;
    // Of a side that takes nothing more the end must be noticed, which is no proper one.
    if (full && output_closed_[static_cast<std::size_t>(sender)])
      return net::discard_all(from.input());
    evbuffer_add_buffer(to.output(), from.input());
    if (evbuffer_get_length(to.output()) > net::kHighMark) from.pause(net::Pause::kPeer);
  }

  void on_output_low(net::Stream& to) override {
    if (state_ != State::kRelaying) return farewell_.check();
    session().peer_of(to).resume(net::Pause::kPeer);
    close_when_done();
  }

  void on_end(net::Stream& from, bool clean) override {
    if (state_ != State::kRelaying) return farewell_.check();
    if (evbuffer_get_length(from.input()) > 0) on_input(from);
    const auto side = session().side_of(from);
    if (output_closed_[static_cast<std::size_t>(side)]) return leave(side);
    tap_->on_end(side, clean);
    session().peer_of(from).finish(clean);
    close_when_done();
  }

  void on_output_closed(net::Stream& to) override {
    if (state_ != State::kRelaying) return finish_cut(true);
    const auto side = session().side_of(to);
    output_closed_[static_cast<std::size_t>(side)] = true;
    if (output_closed_[static_cast<std::size_t>(flow::other(side))])
      return cut_by(side, "neither side reads any more");
    // Whoever sends to it must not fill a recording with what nobody received, and how it ends must
    // be noticed also where it was paused for the other side.
    session().peer_of(to).pause(net::Pause::kPeer);
    to.resume(net::Pause::kPeer);
  }

  void on_error(net::Stream& stream, net::StreamError error) override {
    if (state_ != State::kRelaying) return finish_cut(true);
    const auto side = session().side_of(stream);
    was_truncated(flow::other(side)) ? cut_after_truncation(side)
                                     : cut_by(side, error.error.message);
  }

 private:
  /// So that a survivor that is busy with sending comes to reading; but it may go on for ever.
  void discard(net::Stream& from) {
    discarded_ += evbuffer_get_length(from.input());
    net::discard_all(from.input());
    if (state_ == State::kCut && discarded_ > kMostDiscarded) from.pause(net::Pause::kPeer);
  }

  /// kRelaying ─┬─▶ kCut: one side is gone for good, the other one gets what is on its way to it
  ///            └─▶ kLeaving: as kCut, but the other one must not be reset
  enum class State : std::uint8_t { kRelaying, kCut, kLeaving };

  /// One side is gone for good. The other one still gets what is on its way to it, and then learns
  /// that it was not a proper end.
  void cut_by(flow::Side side, const std::string& reason) {
    take_rest_of(side);
    state_ = State::kCut;
    see_off_peer_of(side, broken_off_by(side, reason), Farewell::Ending::kReset);
  }

  /// TLS of `side` ended without a close_notify, as it was handed on.
  [[nodiscard]] bool was_truncated(flow::Side side) {
    const auto clean = stream_of(side).ended_clean();
    return clean && !*clean;
  }

  /// `side` objects to the truncated end of the other one, mostly with an alert: that is no cause
  /// of its own, and no harm where nothing was cut short.
  void cut_after_truncation(flow::Side side) {
    take_rest_of(side);
    state_ = State::kCut;
    if (tap_->idle()) close_tap(std::nullopt);
    see_off_peer_of(
        side,
        broken_off_by(flow::other(side), "closed the connection without ending TLS (close_notify)"),
        Farewell::Ending::kReset);
  }

  [[nodiscard]] net::Stream& stream_of(flow::Side side) {
    return side == flow::Side::kClient ? session().client() : *session().server();
  }

  void take_rest_of(flow::Side side) {
    net::Stream& gone = stream_of(side);
    if (evbuffer_get_length(gone.input()) > 0) on_input(gone);
  }

  /// One side read no more, said what it had to say and is gone: a server that answered an upload
  /// early. A reset could destroy its answer on the way (RFC 9112, section 9.6), so the other side
  /// gets an end and is listened to, without effect, until it ends as well. But an end must not
  /// make half an answer look whole.
  void leave(flow::Side side) {
    const bool whole = tap_->between_messages(side);
    state_ = whole ? State::kLeaving : State::kCut;
    tap_->on_end(side, false);
    see_off_peer_of(side, broken_off_by(side, "closed without having read everything"),
                    whole ? Farewell::Ending::kCut : Farewell::Ending::kReset);
  }

  static flow::FlowError broken_off_by(flow::Side side, std::string reason) {
    return {side == flow::Side::kClient ? "client-reset" : "server-reset", std::move(reason)};
  }

  void see_off_peer_of(flow::Side side, flow::FlowError error, Farewell::Ending ending) {
    error_ = std::move(error);
    close_tap(error_);
    survivor_ = &stream_of(flow::other(side));
    survivor_->resume(net::Pause::kPeer);
    farewell_.start(*survivor_, ending);
  }

  void finish_cut(bool reset) {
    if (reset) survivor_->abort();
    session().close(error_);
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
  Farewell farewell_;
  PhaseTimer undecided_;
  State state_ = State::kRelaying;
  std::size_t discarded_ = 0;  ///< octets of a survivor
  bool tap_closed_ = false;
  bool output_closed_[2] = {};
  std::optional<flow::FlowError> error_;
  net::Stream* survivor_ = nullptr;
};

}  // namespace

std::unique_ptr<Phase> make_relaying_phase(Session& session, std::unique_ptr<Tap> tap) {
  return std::make_unique<RelayingPhase>(session, std::move(tap));
}

}  // namespace mitm::proxy
