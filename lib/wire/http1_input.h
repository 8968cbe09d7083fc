#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/base/bytes.h"

namespace mitm::wire {

enum class Ending : std::uint8_t {
  kOpen,   ///< more input may come
  kClean,  ///< the peer ended the connection on purpose
  kCut,    ///< it broke off
};

/// The bytes a decoder was fed and has not used. They stay in the caller's buffer as long as they
/// can; only what must wait for the next feed() is copied.
///
/// Two buffers of our own take turns: `collected_` holds bytes that wait, and when they are used
/// they move to `used_`, where they remain valid until the next feed(), while the next bytes that
/// must wait gather in the other. More than one turn per feed() is not possible: what is collected
/// comes before all of the fed input.
class Http1Input {
 public:
  /// Requires: the previous input was used or kept.
  void feed(ByteView input);
  void end(Ending ending) { ending_ = ending; }
  [[nodiscard]] Ending ending() const { return ending_; }

  /// Everything there is, as one piece, but not more than `limit` octets. Grows at its end only.
  ByteView window(std::size_t limit);
  /// Takes the first `size` octets of the last window.
  ByteView take_window(std::size_t size);
  /// Takes up to `limit` octets. Requires: nothing was kept or put back.
  ByteView take(std::size_t limit);
  /// Takes as much as there is in one piece; to be repeated until empty.
  ByteView take_any();
  /// Undoes the last take_window(); only take_any() may follow.
  void put_back(ByteView taken) { put_back_ = taken; }

  /// Copies what is left, because the caller's buffer will not live until the next feed().
  void keep();
  /// Makes what was kept input again, in front of what is left.
  void reuse_kept();
  /// Octets not taken yet.
  [[nodiscard]] std::size_t size() const { return collected_.size() + rest_.size(); }

 private:
  ByteView rest_;
  ByteView put_back_;
  Bytes collected_;
  Bytes used_;
  Ending ending_ = Ending::kOpen;
};

}  // namespace mitm::wire
