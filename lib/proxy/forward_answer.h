#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"
#include "lib/proxy/forward_exchange.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// What becomes of one event of a server's answer.
struct AnswerStep {
  enum class Then : std::uint8_t {
    kGoOn,
    kDone,           ///< the answer is whole
    kRefuse,         ///< the client gets a 502 in its place
    kAbort,          ///< the client gets a reset, because part of it is on its way already
    kLeave,          ///< the client gets what there is, and then the end
    kLeaveServer,    ///< nobody asked for this: its connection is not used any more
    kAnswerUpgrade,  ///< the head says whether protocols are switched
  };

  ByteView to_client;  ///< before that; points into the event
  Then then = Then::kGoOn;
  flow::FlowError error = {};  ///< of what did not go well
  std::string hint = {};
  bool switched = false;
};

/// Decides that, and notes in `exchange` how far its answer has come. Pure otherwise.
AnswerStep judge_answer(const wire::Event& event, ForwardState state, ForwardExchange& exchange);

}  // namespace mitm::proxy
