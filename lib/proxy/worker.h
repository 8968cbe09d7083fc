#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "lib/flow/recorder.h"
#include "lib/net/timer.h"
#include "lib/proxy/admission.h"
#include "lib/proxy/counters.h"
#include "lib/proxy/environment.h"
#include "lib/proxy/places.h"
#include "lib/proxy/session.h"

namespace mitm::proxy {

/// What all workers share. Everything in it outlives them.
struct Shared : Services {
  const Clock& clock;
  flow::Recorder& recorder;
  Counters& counters;
  Places& places;
};

/// One thread's share of the proxy: a loop, an admission with a socket for each entrance, and the
/// sessions that were let in there. run() is the thread's life; everything else but the calls
/// marked so belongs to that thread.
class Worker final : public Journal, public SessionOwner {
 public:
  static Result<std::unique_ptr<Worker>> create(const Shared& shared, std::vector<Door> doors);
  ~Worker() override;

  /// Returns after drain(), when the last session is over.
  void run() { loop_->run(); }

  /// Any thread: accept no more, close what is idle, give the rest `patience`, then cut it short.
  void drain(std::chrono::milliseconds patience);
  /// Any thread: others wait for the places of connections that are idle.
  void hurry();
  /// Any thread: the recorder's queue has room again.
  void resume();

 private:
  Worker(const Shared& shared, std::unique_ptr<net::Loop> loop, std::vector<Door> doors);

  void write(flow::Record record) override;
  flow::FlowId next_flow() override { return shared_.counters.next_flow(); }
  Time now() const override { return shared_.clock.now(); }
  void retire(Session& session) override;
  void on_settled(Session&) override { shared_.places.settle(); }
  void on_unsettled(Session&) override { shared_.places.unsettle(); }

  void on_client(const Entrance& entrance, Fd client, const flow::Endpoint& from);
  void submit_batch();
  void hold_all(bool held);
  void schedule_stillness_check();
  void check_stillness();
  void start_drain(std::chrono::milliseconds patience);
  void check_drain();

  Shared shared_;
  std::unique_ptr<net::Loop> loop_;
  Environment environment_;
  std::unordered_map<Session*, std::unique_ptr<Session>> sessions_;
  std::vector<flow::Record> batch_;
  Admission admission_;
  net::Timer stillness_check_;
  net::Timer drain_check_;
  std::optional<std::chrono::steady_clock::time_point> drain_deadline_;
  bool submit_pending_ = false;
  bool held_ = false;
  bool hurried_ = false;  ///< the next check of stillness is due soon
};

}  // namespace mitm::proxy
