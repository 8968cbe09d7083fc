#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace mitm::proxy {

/// What a connection on which nothing moves is waiting for.
enum class Waiting : std::uint8_t {
  kElse,    ///< something that has a deadline of its own
  kPeers,   ///< either side may go on, or never
  kAnswer,  ///< the server has a whole request and has not begun to answer it
};

/// How long nothing may move; 0: for ever.
struct StillnessLimits {
  std::chrono::milliseconds first_byte{300'000};  ///< with Waiting::kAnswer
  std::chrono::milliseconds idle{600'000};        ///< with this and Waiting::kPeers

  [[nodiscard]] bool any() const { return first_byte.count() > 0 || idle.count() > 0; }
  /// To what a client may take from one request to its next; for ever stays for ever.
  void shorten_idle() { idle = std::min(idle, std::chrono::milliseconds(1'000)); }
  /// How often to look, so that limits are kept to a quarter or to five seconds, whatever is less.
  [[nodiscard]] std::chrono::milliseconds interval() const;
};

/// For how long nothing has moved on one connection. It is told from time to time how much has
/// moved so far, which costs less than a timer that each octet puts off.
class Stillness {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class Verdict : std::uint8_t { kGoOn, kNoAnswer, kIdle };

  explicit Stillness(TimePoint now) : since_(now) {}

  /// `moved`: any number that changes when octets do.
  Verdict judge(std::uint64_t moved, Waiting waiting, const StillnessLimits& limits, TimePoint now);

 private:
  std::uint64_t moved_ = 0;
  TimePoint since_;
};

}  // namespace mitm::proxy
