#pragma once

#include <string>

#include "lib/flow/flow.h"

/// What is known about a flow beside its messages, in lines that begin with "* " as curl -v has
/// them.
namespace mitm::render {

/// The error and the anomalies in full.
void append_findings(std::string& out, const flow::Flow& flow);

/// Client and server, TLS on both sides, the server's certificates, where the time went.
void append_connection(std::string& out, const flow::Flow& flow);

}  // namespace mitm::render
