#pragma once

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "lib/proxy/worker.h"

namespace mitm::proxy {

/// The whole proxy: one listening address, a worker on each of its sockets. start() it, and later
/// drain() and wait(). One thread at a time, but for resume().
class Proxy {
 public:
  static Result<std::unique_ptr<Proxy>> create(const Shared& shared,
                                               std::vector<Fd> listening_sockets);
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;
  ~Proxy();

  void start();
  /// See Worker::drain().
  void drain(std::chrono::milliseconds patience);
  void wait();
  /// Drains without patience and waits, if nobody did. No worker runs afterwards.
  void halt();
  /// Any thread: the recorder has room again.
  void resume();

 private:
  explicit Proxy(std::vector<std::unique_ptr<Worker>> workers) : workers_(std::move(workers)) {}

  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace mitm::proxy
