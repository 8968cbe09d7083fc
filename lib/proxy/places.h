#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>

namespace mitm::proxy {

/// How many connections may be open at once, so that none that was accepted fails for want of a
/// file descriptor. Any thread, but for limit_to() and on_scarce().
class Places {
 public:
  /// What the number of places depends on.
  struct Descriptors {
    std::size_t limit = 0;     ///< of the process
    std::size_t in_use = 0;    ///< when no connection is open
    std::size_t workers = 1;   ///< threads that accept
    std::size_t lookups = 64;  ///< of names, at once, whose connections may be over already
  };
  struct Room {
    std::size_t descriptors = std::numeric_limits<std::size_t>::max();  ///< for connections
    std::size_t each = 0;                                               ///< what a new one may need
  };
  /// For one connection at least.
  static Room room_for(const Descriptors& descriptors);

  /// Without a limit until this is called, which must be before there are connections.
  void limit_to(Room room) { room_ = room; }
  [[nodiscard]] const Room& room() const { return room_; }

  /// Takes a place for a connection that was accepted, even when there is none. False: who accepts
  /// has to wait until any_left().
  [[nodiscard]] bool take() { return fits(taken_.fetch_add(room_.each) + room_.each); }
  /// A connection has its server, and so one descriptor less to fear, or looks for another one. In
  /// turns.
  void settle() { taken_.fetch_sub(kPassing); }
  void unsettle() { taken_.fetch_add(kPassing); }
  /// After the connection's descriptors were closed.
  void give_back(bool settled) { taken_.fetch_sub(room_.each - (settled ? kPassing : 0)); }
  [[nodiscard]] bool any_left() const { return fits(taken_); }

  /// `hurry` is called, on the thread of who begins to wait, when nobody else does yet. Before
  /// there are connections; has to be callable as long as somebody may begin to wait.
  void on_scarce(std::function<void()> hurry) { hurry_ = std::move(hurry); }
  /// Who accepts begins to wait for a place, or has waited long enough. In turns.
  void begin_wait() {
    if (waiting_++ == 0 && hurry_) hurry_();
  }
  void end_wait() { --waiting_; }
  /// Somebody waits, so that connections of which nobody has any use take what others need.
  [[nodiscard]] bool are_scarce() const { return waiting_ > 0; }

 private:
  /// Another attempt to reach a server. Lookups of names, which may go on meanwhile, use what
  /// room_for() keeps back.
  static constexpr std::size_t kPassing = 1;

  [[nodiscard]] bool fits(std::size_t taken) const {
    return taken <= room_.descriptors && room_.descriptors - taken >= room_.each;
  }

  std::function<void()> hurry_;
  Room room_ = {.each = kPassing};
  std::atomic<std::size_t> taken_{0};
  std::atomic<std::size_t> waiting_{0};
};

}  // namespace mitm::proxy
