#pragma once

#include <chrono>
#include <functional>

#include "lib/flow/record.h"
#include "lib/net/stream.h"
#include "lib/net/timer.h"
#include "lib/proxy/stillness.h"

namespace mitm::proxy {

class Session;

/// One stretch of a connection's life: what is waited for, and what happens then.
///
/// explicit:
///   socks ───────┐
///      ▲         ▼
///   opening ─▶ connecting ─▶ sniffing ─┬─▶ intercepting, lazy ─┬─▶ relaying
///      │           │                   ├─▶ relaying            └─▶ apologizing ─▶ replying
///      │           └─▶ replying        └─▶ reaching ─▶ relaying, intercepting, or sniffing again
///      │                                       ▲ from intercepting, too
///      ├─▶ forwarding
///      └─▶ replying
/// transparent: reaching or sniffing, or refusing, which ends it
/// reverse:     http: gateway ─▶ (welcoming ─▶) forwarding
///              https: gateway ─▶ forwarding, or (securing ─▶) welcoming ─▶ forwarding
///              tls: sniffing ─▶ as above, or securing ─▶ sniffing ─▶ (welcoming ─▶) relaying
///              tcp: reaching ─▶ relaying
///
/// A phase handles the session's streams while it is the current one. Leaving it (session.enter()
/// or session.close()) is the last thing that a member function of it does.
class Phase : public net::StreamHandler, public net::Retirable {
 public:
  explicit Phase(Session& session) : session_(session) {}

  /// The streams are this phase's from now on; what they hold already is announced by no event.
  virtual void start() = 0;
  /// The connection is about to be closed from outside: record what is open as ended by `error`.
  virtual void cut(const flow::FlowError& error) = 0;
  /// Whether closing the connection now would cut nothing short.
  [[nodiscard]] virtual bool idle() const { return false; }
  /// What it means when nothing moves. kElse needs a deadline of the phase's own, or of what it
  /// waits for.
  [[nodiscard]] virtual Waiting waiting() const = 0;
  /// It was waited for too long.
  virtual void on_stalled(const flow::FlowError& error);

  void on_handshake(net::Stream&) override {}
  void on_input(net::Stream&) override {}
  void on_output_low(net::Stream&) override {}
  void on_output_closed(net::Stream&) override {}

 protected:
  [[nodiscard]] Session& session() const { return session_; }
  /// False once the session has gone on; for what may call just then.
  [[nodiscard]] bool current() const;

 private:
  friend class PhaseTimer;

  Session& session_;
};

/// A deadline of a phase: calls `action` once, `delay` after start(), unless the session has gone
/// on by then. The time for which the session is held, so that no peer is heard, does not count.
/// Loop thread only.
class PhaseTimer {
 public:
  /// `phase` outlives it.
  PhaseTimer(const Phase& phase, std::function<void()> action);

  void start(std::chrono::milliseconds delay);  ///< replaces an earlier start
  void cancel() { timer_.cancel(); }

 private:
  void on_time();

  const Phase& phase_;
  std::function<void()> action_;
  std::chrono::steady_clock::duration left_{};
  std::chrono::steady_clock::duration counted_{};  ///< of the session's free time
  net::Timer timer_;
};

}  // namespace mitm::proxy
