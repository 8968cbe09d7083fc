#pragma once

#include <string>

#include "lib/flow/record.h"
#include "lib/render/ink.h"

/// Heads as lines of their own, as curl -v shows them: "> " before what the client sent, "< "
/// before what the server did, then the line as received. A line that is only the prefix ends the
/// head.
namespace mitm::render {

void append_head(std::string& out, const flow::RequestHead& head, Painter painter);
void append_head(std::string& out, const flow::ResponseHead& head, Painter painter);
void append_trailers(std::string& out, const flow::Trailers& trailers, Painter painter);

/// "> " or "< ".
std::string_view prefix(flow::Side sender);

}  // namespace mitm::render
