#pragma once

#include <optional>

#include "lib/net/stream.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// The requests on a client's stream, decoded when somebody asks for them and not before: what was
/// not asked for stays with the client. Loop thread only.
class RequestSource {
 public:
  /// `client` must outlive it.
  RequestSource(net::Stream& client, const wire::Http1Limits& limits)
      : client_(client), decoder_(wire::Role::kRequest, limits) {}

  /// As Http1Decoder::next(); its views are valid until the next call. NeedData: nothing more for
  /// now, or ever when ended().
  wire::Event next();
  /// Takes what the stream holds. False: it must wait there, because what came before it is not
  /// used up.
  bool take();
  /// The answer to a request with Upgrade: whether the server switched. May come before the
  /// request's end.
  void answer_upgrade(bool switched) { switched_ = switched; }
  /// A new request has begun, for which no answer to an earlier one counts.
  void forget_answer() { switched_.reset(); }

  /// After NeedData: the client sends no more.
  [[nodiscard]] bool ended() const { return ended_; }
  /// After NeedData: the client has sent a part of a head.
  [[nodiscard]] bool in_head() const { return decoder_.in_head(); }
  /// Something was taken that has not been handed out.
  [[nodiscard]] bool holds_input() const { return !held_.empty(); }

 private:
  bool refill();

  net::Stream& client_;
  wire::Http1Decoder decoder_;
  Bytes held_;          ///< what the decoder is working on
  bool ended_ = false;  ///< the decoder knows that no more comes
  std::optional<bool> switched_;
};

}  // namespace mitm::proxy
