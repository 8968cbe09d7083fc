#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "lib/net/stream.h"
#include "lib/proxy/entrance.h"
#include "lib/proxy/environment.h"
#include "lib/proxy/journal.h"
#include "lib/proxy/phase.h"
#include "lib/proxy/stillness.h"

namespace mitm::proxy {

/// Who keeps the sessions.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;
  /// Destroy `session`, but not before its callbacks have returned.
  virtual void retire(Session& session) = 0;
  /// `session` has found a server, and from now on needs no descriptors to look for one.
  virtual void on_settled(Session& session) { static_cast<void>(session); }
  /// It looks for another one.
  virtual void on_unsettled(Session& session) { static_cast<void>(session); }
};

/// One accepted connection from its first byte to its last. Owns the streams; its current phase
/// says what happens on them. Loop thread only.
class Session final : public net::Retirable {
 public:
  Session(Environment& environment, SessionOwner& owner, flow::ConnectionId id, Fd client,
          Arrival arrival);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Once its owner has it; it may be over at once.
  void start();

  [[nodiscard]] Environment& environment() const { return environment_; }
  [[nodiscard]] const ConnectionJournal& journal() const { return journal_; }
  /// The client begins to ask for something; until now it was only there.
  void note_asking() { journal_.note_asking(); }
  /// The client's.
  [[nodiscard]] const flow::Endpoint& from() const { return arrival_.from; }
  [[nodiscard]] const Arrival& arrival() const { return arrival_; }
  [[nodiscard]] net::Stream& client() const { return *client_; }
  [[nodiscard]] net::Stream* server() const { return server_.get(); }
  [[nodiscard]] net::Stream& peer_of(const net::Stream& stream) const;
  [[nodiscard]] flow::Side side_of(const net::Stream& stream) const;

  /// The former stream, if any, is closed; its handler hears no more of it.
  void set_client(std::unique_ptr<net::Stream> stream);
  void set_server(std::unique_ptr<net::Stream> stream);
  /// The same connection, in TLS from now on.
  void replace_server(std::unique_ptr<net::Stream> stream);
  /// It is about to be connected to a server.
  void unsettle();
  /// What says that the present connection to a server is ours.
  void keep_claim(net::OwnSockets::Claim claim) { claim_ = std::move(claim); }

  [[nodiscard]] const Phase* phase() const { return closed_ ? nullptr : phase_.get(); }
  /// Makes `phase` the current one and starts it.
  void enter(std::unique_ptr<Phase> phase);
  /// The end. Both connections are closed, with a reset where abort() was asked for.
  void close(const std::optional<flow::FlowError>& error = std::nullopt);

  /// Whether it has had a connection to a server.
  [[nodiscard]] bool had_server() const { return had_server_; }
  /// Whether the owner was told that it has found one, and not that it looks for another.
  [[nodiscard]] bool is_settled() const { return settled_; }

  /// For the owner: stop now, recording what is open as ended by `error`.
  void cut(const flow::FlowError& error);
  [[nodiscard]] bool idle() const;
  /// For the owner, from time to time: end what stands still for too long, which is sooner for what
  /// is idle while others wait for its place.
  void check_stillness(bool others_wait);
  /// The recorder is behind, or has caught up: read nothing meanwhile.
  void hold(bool held);
  [[nodiscard]] bool is_held() const { return held_; }
  /// Grows as time does, but not while it is held.
  [[nodiscard]] std::chrono::steady_clock::duration free_time() const;

 private:
  [[nodiscard]] std::uint64_t moved() const;
  void close_idle();
  void adopt(std::unique_ptr<net::Stream>& slot, std::unique_ptr<net::Stream> stream);

  Environment& environment_;
  SessionOwner& owner_;
  ConnectionJournal journal_;
  const Arrival arrival_;
  net::OwnSockets::Claim claim_;
  std::unique_ptr<net::Stream> client_, server_;
  std::unique_ptr<Phase> phase_;
  Stillness stillness_{std::chrono::steady_clock::now()};
  std::chrono::steady_clock::duration held_for_{};    ///< before, without the present time
  std::chrono::steady_clock::time_point held_since_;  ///< where held_
  bool held_ = false;
  bool had_server_ = false;
  bool settled_ = false;
  bool closed_ = false;
};

}  // namespace mitm::proxy
