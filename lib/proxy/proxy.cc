#include "lib/proxy/proxy.h"

#include <utility>

namespace mitm::proxy {

Result<std::unique_ptr<Proxy>> Proxy::create(const Shared& shared, std::vector<Gate> gates) {
  std::vector<Entrance> entrances;
  for (const Gate& gate : gates) entrances.push_back(gate.entrance);
  std::unique_ptr<Proxy> proxy(new Proxy(std::move(entrances)));
  MITM_TRY(proxy->add_workers(shared, std::move(gates)));
  // Whoever finds no place waits for the idle connections of all workers.
  shared.places.on_scarce([&workers = proxy->workers_] {
    for (auto& worker : workers) worker->hurry();
  });
  return proxy;
}

Status Proxy::add_workers(const Shared& shared, std::vector<Gate> gates) {
  for (std::size_t worker = 0; worker < gates.front().sockets.size(); ++worker) {
    std::vector<Door> doors;
    for (std::size_t i = 0; i < gates.size(); ++i)
      doors.push_back({entrances_[i], std::move(gates[i].sockets[worker])});
    auto made = Worker::create(shared, std::move(doors));
    if (!made) return std::unexpected(std::move(made).error());
    workers_.push_back(*std::move(made));
  }
  return {};
}

Proxy::~Proxy() { halt(); }

void Proxy::halt() {
  if (threads_.empty()) return;
  drain(std::chrono::milliseconds(0));
  wait();
}

void Proxy::start() {
  for (auto& worker : workers_) threads_.emplace_back([&worker] { worker->run(); });
}

void Proxy::drain(std::chrono::milliseconds patience) {
  for (auto& worker : workers_) worker->drain(patience);
}

void Proxy::wait() {
  for (auto& thread : std::exchange(threads_, {})) thread.join();
}

void Proxy::resume() {
  for (auto& worker : workers_) worker->resume();
}

}  // namespace mitm::proxy
