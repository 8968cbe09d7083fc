#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "lib/net/stream.h"
#include "lib/net/timer.h"
#include "lib/proxy/settings.h"

namespace mitm::proxy {

/// Sees a stream off to which nothing more will be said. What is in its output still goes out, for
/// as long as the peer goes on reading. Loop thread only.
class Farewell {
 public:
  enum class Ending : std::uint8_t {
    kClean,  ///< half-close, with close_notify; then the peer has to end as well
    kCut,    ///< the same without close_notify: what was said is not all there was
    kReset,  ///< only until the peer's kernel has everything, so that a reset can follow
  };

  /// `done` is called once, from check() or from the loop, never from start(). False: the peer was
  /// given up, because for too long it read nothing or did not end.
  /// `settings` and `loop` outlive it.
  Farewell(net::Loop& loop, const Settings& settings, std::function<void(bool all_taken)> done);

  /// `stream` must live until `done` was called or this object is gone.
  void start(net::Stream& stream, Ending ending);
  /// For on_output_low() and on_end() of the stream: is it over?
  void check();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  [[nodiscard]] bool is_over() const;
  [[nodiscard]] std::size_t waiting() const;  ///< octets that the peer's kernel does not have
  [[nodiscard]] std::chrono::milliseconds patience() const;
  void arm();
  void tick();
  void finish(bool all_taken);

  const Settings& settings_;
  std::function<void(bool)> done_;
  net::Timer timer_;
  net::Stream* stream_ = nullptr;
  Ending ending_ = Ending::kClean;
  std::size_t waited_for_ = 0;  ///< waiting() when there was progress last
  TimePoint progress_;
  bool lingering_ = false;  ///< everything is said; the peer has to end
};

}  // namespace mitm::proxy
