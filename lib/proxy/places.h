#pragma once

#include <atomic>
#include <cstddef>
#include <limits>

namespace mitm::proxy {

/// How many connections may be open at once, so that none that was accepted fails for want of a
/// file descriptor. Any thread, but for limit_to().
class Places {
 public:
  /// What the number of places depends on.
  struct Descriptors {
    std::size_t limit = 0;    ///< of the process
    std::size_t in_use = 0;   ///< when no connection is open
    std::size_t workers = 1;  ///< threads that accept
    /// Connections within connections take two more each.
    bool bridges = false;
  };
  /// At least one.
  static std::size_t count_for(const Descriptors& descriptors);

  /// Without a limit until this is called, which must be before there are connections.
  void limit_to(std::size_t most) { most_ = most; }
  [[nodiscard]] std::size_t most() const { return most_; }

  /// Takes one for a connection that was accepted, even when there is none. False: who accepts has
  /// to wait until any_left().
  [[nodiscard]] bool take() { return taken_.fetch_add(1, std::memory_order_relaxed) + 1 < most_; }
  /// After the connection's descriptors were closed.
  void give_back() { taken_.fetch_sub(1, std::memory_order_relaxed); }
  [[nodiscard]] bool any_left() const { return taken_.load(std::memory_order_relaxed) < most_; }

 private:
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  std::atomic<std::size_t> taken_{0};
};

}  // namespace mitm::proxy
