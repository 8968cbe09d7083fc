#include "lib/proxy/worker.h"

#include <algorithm>
#include <utility>

#include "lib/net/address.h"

namespace mitm::proxy {
namespace {

constexpr std::chrono::milliseconds kDrainCheck{20};
/// For connections that are idle, while others wait for their places.
constexpr std::chrono::milliseconds kScarceCheck{250};

/// Retired after a session, whose descriptors are closed then.
class Leaving final : public net::Retirable {
 public:
  Leaving(Places& places, bool settled) : places_(places), settled_(settled) {}
  Leaving(const Leaving&) = delete;
  Leaving& operator=(const Leaving&) = delete;
  ~Leaving() override { places_.give_back(settled_); }

 private:
  Places& places_;
  bool settled_;
};

}  // namespace

Result<std::unique_ptr<Worker>> Worker::create(const Shared& shared, std::vector<Door> doors) {
  auto loop = net::Loop::create();
  if (!loop) return std::unexpected(std::move(loop).error());
  return std::unique_ptr<Worker>(new Worker(shared, *std::move(loop), std::move(doors)));
}

Worker::Worker(const Shared& shared, std::unique_ptr<net::Loop> loop, std::vector<Door> doors)
    : shared_(shared),
      loop_(std::move(loop)),
      environment_{static_cast<const Services&>(shared), *loop_, *this},
      admission_(*loop_, {shared.settings, shared.report, shared.counters, shared.places},
                 std::move(doors),
                 [this](const Entrance& entrance, Fd client, const flow::Endpoint& from) {
                   on_client(entrance, std::move(client), from);
                 }),
      stillness_check_(*loop_, [this] { check_stillness(); }),
      drain_check_(*loop_, [this] { check_drain(); }) {
  schedule_stillness_check();
}

Worker::~Worker() = default;

void Worker::on_client(const Entrance& entrance, Fd client, const flow::Endpoint& from) {
  Arrival arrival{.entrance = entrance, .from = from, .at = net::local_endpoint(client.get())};
  if (entrance.destinations)
    arrival.destination = entrance.destinations->find(client.get(), entrance.listener);
  auto session = std::make_unique<Session>(environment_, *this, shared_.counters.next_connection(),
                                           std::move(client), std::move(arrival));
  if (held_) session->hold(true);
  auto* key = session.get();
  sessions_.emplace(key, std::move(session));
  key->start();
}

void Worker::retire(Session& session) {
  const auto found = sessions_.find(&session);
  loop_->retire(std::move(found->second));
  sessions_.erase(found);
  loop_->retire(std::make_unique<Leaving>(shared_.places, session.is_settled()));
  admission_.on_place();
  if (drain_deadline_) drain_check_.start(std::chrono::microseconds(0));
}

void Worker::write(flow::Record record) {
  batch_.push_back(std::move(record));
  if (std::exchange(submit_pending_, true)) return;
  // One hand-over for everything that this iteration of the loop produced.
  loop_->defer([this] { submit_batch(); });
}

void Worker::submit_batch() {
  submit_pending_ = false;
  if (batch_.empty()) return;
  if (!shared_.recorder.submit(std::exchange(batch_, {}))) hold_all(true);
}

void Worker::hold_all(bool held) {
  if (std::exchange(held_, held) == held) return;
  for (auto& [key, session] : sessions_) session->hold(held);
}

void Worker::hurry() {
  loop_->post([this] {
    // A check must not be put off again and again.
    if (!hurried_ && shared_.places.are_scarce()) schedule_stillness_check();
  });
}

void Worker::resume() {
  loop_->post([this] {
    if (!shared_.recorder.is_full()) hold_all(false);
  });
}

void Worker::schedule_stillness_check() {
  const StillnessLimits& limits = shared_.settings.stillness;
  if (!limits.any()) return;
  const auto interval = limits.interval();
  hurried_ = shared_.places.are_scarce();
  stillness_check_.start(hurried_ ? std::min(interval, kScarceCheck) : interval);
}

void Worker::check_stillness() {
  const bool others_wait = shared_.places.are_scarce();
  // Sessions that end leave the map meanwhile.
  std::vector<Session*> sessions;
  sessions.reserve(sessions_.size());
  for (auto& [key, session] : sessions_) sessions.push_back(key);
  for (Session* session : sessions) session->check_stillness(others_wait);
  schedule_stillness_check();
}

void Worker::drain(std::chrono::milliseconds patience) {
  loop_->post([this, patience] { start_drain(patience); });
}

void Worker::start_drain(std::chrono::milliseconds patience) {
  admission_.close();
  drain_deadline_ = std::chrono::steady_clock::now() + patience;
  // What has arrived already is looked at before what seems idle is closed: a client that broke off
  // because it does not trust us is worth a record.
  drain_check_.start(kDrainCheck);
}

void Worker::check_drain() {
  const bool late = std::chrono::steady_clock::now() >= *drain_deadline_;
  std::vector<Session*> ending;
  for (auto& [key, session] : sessions_) {
    if (late || session->idle()) ending.push_back(key);
  }
  for (Session* session : ending) {
    session->idle() ? session->close() : session->cut({"aborted", "the recording was stopped"});
  }
  if (!sessions_.empty()) return drain_check_.start(kDrainCheck);
  submit_batch();
  loop_->stop();
}

}  // namespace mitm::proxy
