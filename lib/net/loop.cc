#include "lib/net/loop.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace mitm::net {

Result<std::unique_ptr<Loop>> Loop::create() {
  CPtr<event_config, event_config_free> config(event_config_new());
  event_config_set_flag(config.get(), EVENT_BASE_FLAG_NOLOCK);
  EventBasePtr base(event_base_new_with_config(config.get()));
  if (!base) return fail(Code::kIo, "event loop: cannot be created");
  Fd wakeup(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakeup.is_open()) return fail_errno("eventfd");
  return std::unique_ptr<Loop>(new Loop(std::move(base), std::move(wakeup)));
}

Loop::Loop(EventBasePtr base, Fd wakeup)
    : base_(std::move(base)),
      wakeup_(std::move(wakeup)),
      wakeup_event_(event_new(
          base_.get(), wakeup_.get(), EV_READ | EV_PERSIST,
          [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->on_wakeup(); }, this)),
      deferred_event_(event_new(
          base_.get(), -1, 0,
          [](evutil_socket_t, short, void* self) { static_cast<Loop*>(self)->run_deferred(); },
          this)) {
  event_add(wakeup_event_.get(), nullptr);
}

Loop::~Loop() {
  deferred_.clear();
  while (!retired_.empty()) std::exchange(retired_, {}).clear();
}

void Loop::run() { event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY); }

void Loop::stop() {
  post([this] { event_base_loopexit(base_.get(), nullptr); });
}

void Loop::post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(task));
  }
  const std::uint64_t one = 1;
  // A full counter (EAGAIN) means that a wake-up is already on its way.
  [[maybe_unused]] const auto written = ::write(wakeup_.get(), &one, sizeof one);
}

void Loop::defer(std::function<void()> task) {
  deferred_.push_back(std::move(task));
  event_active(deferred_event_.get(), EV_TIMEOUT, 0);
}

void Loop::retire(std::unique_ptr<Retirable> object) {
  retired_.push_back(std::move(object));
  event_active(deferred_event_.get(), EV_TIMEOUT, 0);
}

void Loop::on_wakeup() {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(wakeup_.get(), &count, sizeof count);
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(posted_);
  }
  for (auto& task : tasks) task();
}

void Loop::run_deferred() {
  // Taken out first: tasks and destructors may defer and retire more, which is the next round's.
  auto tasks = std::exchange(deferred_, {});
  auto dead = std::exchange(retired_, {});
  for (auto& task : tasks) task();
  for (auto& object : dead) object.reset();
}

}  // namespace mitm::net
