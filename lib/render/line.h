#pragma once

#include <string>

#include "lib/flow/flow.h"
#include "lib/render/options.h"

namespace mitm::render {

/// A flow as one line, without time and line end:
///
///     #12 127.0.0.1:40000 > 192.0.2.1:443: POST https://example.com/a +512B 201 10.0K 12.3ms
///     #13 127.0.0.1:40002 > 192.0.2.7:5432: tcp db.example:5432 +1.2K 34.0K 2m03s [incomplete]
///
/// "+" marks what the client sent; words in brackets say what was not ordinary. Only the id has to
/// be given back to find the flow again.
void append_line(std::string& out, const flow::Flow& flow, const TextOptions& options);

/// "12", or "a3f9c012:12" with the beginning of the run's id.
void append_id(std::string& out, const flow::Flow& flow, bool with_run);

}  // namespace mitm::render
