#pragma once

#include <string>

#include "lib/flow/flow.h"
#include "tests/archive/recording.h"

/// Recordings of what proxies see, for tests that compare ways of reading them.
namespace mitm::test {

struct Told {
  flow::FlowId id = 1;
  flow::ConnectionId connection = 1;
};

flow::RequestHead get(const std::string& target);
/// A flow of one exchange, with a connection of its own that is opened and closed.
void tell_flow(Recording& recording, const Told& told);

/// An archive of about so many flows over many frames, by chance but always the same: kept and
/// shared connections, TLS, bodies that overlap, errors, anomalies, raw bytes, connections that end
/// in the middle, flows that never end.
Bytes long_story(unsigned flows);

/// What mitm-dump prints of a flow.
std::string line_of(const flow::Flow& flow);
/// All that is known of it.
std::string everything_of(const flow::Flow& flow);

}  // namespace mitm::test
