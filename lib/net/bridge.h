#pragma once

#include <memory>

#include "lib/base/error.h"
#include "lib/base/fd.h"
#include "lib/net/stream.h"

namespace mitm::net {

/// Makes a socket of a stream: what is written to one comes out of the other. For a connection
/// within a connection, where a second layer wants a socket below it.
class Bridge final : public Retirable, private StreamHandler {
 public:
  struct Made {
    Fd end;                              ///< the socket
    std::shared_ptr<const void> bridge;  ///< must live as long as `end` is used
  };

  /// Takes over `stream`. Loop thread only; the loop must outlive the bridge.
  static Result<Made> create(Loop& loop, std::unique_ptr<Stream> stream);

 private:
  Bridge(Loop& loop, std::unique_ptr<Stream> outer, Fd inner);

  void on_handshake(Stream&) override {}
  void on_input(Stream& from) override;
  void on_output_low(Stream& to) override;
  void on_end(Stream& from, bool clean) override;
  void on_output_closed(Stream& to) override;
  void on_error(Stream& stream, StreamError error) override;

  [[nodiscard]] Stream& peer_of(const Stream& stream) const {
    return &stream == outer_.get() ? *inner_ : *outer_;
  }

  std::unique_ptr<Stream> outer_, inner_;
  bool failed_ = false;  ///< one of them takes no more
};

}  // namespace mitm::net
