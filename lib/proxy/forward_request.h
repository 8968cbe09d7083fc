#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"
#include "lib/proxy/forward_exchange.h"
#include "lib/proxy/forward_role.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// What becomes of one event of a client's request.
struct RequestStep {
  enum class Then : std::uint8_t {
    kGoOn,
    kBegin,           ///< the exchange has a plan: reach its server
    kDone,            ///< the request is whole
    kRefuse,          ///< the client gets a page in place of an answer
    kRefuseAndReset,  ///< the same, and the server must not take what it got for a request
    kAbort,           ///< the client gets a reset, because an answer is on its way already
  };

  ByteView passed;  ///< for the server, before that; points into the event
  Bytes rewritten;  ///< the same, where it must not go as it came
  Then then = Then::kGoOn;
  std::uint16_t status = 400;  ///< of the page
  flow::FlowError error = {};
  std::string hint = {};
};

/// Decides that, and begins and continues `exchange`. `objection`: what is wrong with the message
/// that comes next, which is told once its head is known. Pure otherwise.
RequestStep judge_request(const wire::Event& event, ForwardState state, const ForwardRole& role,
                          ForwardExchange& exchange, std::optional<std::string>& objection);

}  // namespace mitm::proxy
