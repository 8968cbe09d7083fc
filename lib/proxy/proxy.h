#pragma once

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "lib/proxy/worker.h"

namespace mitm::proxy {

/// An entrance and its sockets, one for each worker.
struct Gate {
  Entrance entrance;
  std::vector<Fd> sockets;
};

/// The whole proxy: its entrances, and workers that each have a socket of every one. start() it,
/// and later drain() and wait(). One thread at a time, but for resume(); drain() may also come
/// while another thread is in wait().
class Proxy {
 public:
  /// Requires: one gate at least, and the same number of sockets at each.
  static Result<std::unique_ptr<Proxy>> create(const Shared& shared, std::vector<Gate> gates);
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
  explicit Proxy(std::vector<Entrance> entrances) : entrances_(std::move(entrances)) {}
  Status add_workers(const Shared& shared, std::vector<Gate> gates);

  const std::vector<Entrance> entrances_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
};

}  // namespace mitm::proxy
