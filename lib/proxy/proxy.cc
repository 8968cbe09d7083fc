#include "lib/proxy/proxy.h"

#include <utility>

namespace mitm::proxy {

Result<std::unique_ptr<Proxy>> Proxy::create(const Shared& shared,
                                             std::vector<Fd> listening_sockets) {
  std::vector<std::unique_ptr<Worker>> workers;
  for (Fd& socket : listening_sockets) {
    auto worker = Worker::create(shared, std::move(socket));
    if (!worker) return std::unexpected(std::move(worker).error());
    workers.push_back(*std::move(worker));
  }
  return std::unique_ptr<Proxy>(new Proxy(std::move(workers)));
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
