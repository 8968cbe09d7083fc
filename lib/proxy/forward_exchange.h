#pragma once

#include <string>

#include "lib/proxy/forward_plan.h"
#include "lib/proxy/page.h"

namespace mitm::proxy {

/// Where a forwarding phase is.
///
///   kIdle ─▶ kConnecting ─▶ kExchanging ─┬─▶ kIdle …
///                                        └─▶ kTunnel, after a 101
///   kLeft: another phase or the end has been decided
enum class ForwardState : std::uint8_t { kIdle, kConnecting, kExchanging, kTunnel, kLeft };

/// One request on its way through a forwarding phase, and its response, as far as they have come.
struct ForwardExchange {
  ForwardPlan plan;
  std::string method;
  PageForm form = PageForm::kText;
  bool upgrade_asked = false;
  bool bodyless = false;
  bool idempotent = false;
  bool keep_alive = false;
  bool until_close = false;  ///< the answer ends with its connection
  bool reused = false;       ///< over a connection that was not made for it
  bool request_done = false;
  bool answered = false;  ///< a byte of an answer has come
  bool response_started = false, response_done = false;

  [[nodiscard]] bool over() const { return request_done && response_done; }
  /// A kept-alive connection may be closed by its server at any time, also just when we use it
  /// again. Only what may be repeated without harm is (RFC 9112, section 9.3.1).
  [[nodiscard]] bool may_be_repeated() const {
    return reused && idempotent && bodyless && request_done && !answered;
  }
};

}  // namespace mitm::proxy
