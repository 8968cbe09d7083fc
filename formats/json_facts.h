#pragma once

#include <optional>
#include <vector>

#include "formats/json_out.h"
#include "lib/base/time.h"
#include "lib/flow/flow.h"
#include "lib/wire/http1_head.h"

/// The parts of a flow's JSON object that are facts about its connection, each as one value.
namespace mitm::formats {

void write_client(JsonOut& out, const flow::Flow& flow);
void write_server(JsonOut& out, const flow::Flow& flow);
void write_tls(JsonOut& out, const flow::Flow& flow);
void write_timings(JsonOut& out, const flow::Timings& timings);
void write_headers(JsonOut& out, const std::vector<wire::Field>& fields);

}  // namespace mitm::formats
