#pragma once

#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/body_store.h"
#include "lib/flow/flow.h"
#include "lib/render/options.h"

namespace mitm::render {

/// Writes one body of a flow to `sink` in the way `options` say. Nothing for an empty body. A note
/// in brackets tells what is not shown and why. A body that cannot be decoded is shown as far as
/// that went, and then as it was recorded. Fails when `sink` or the body's temporary file
/// does.
Status print_body(const flow::Flow& flow, flow::Side sender, const Spool& body,
                  const TextOptions& options, ByteSink& sink);

/// Writes raw bytes and messages in the order in which they came, each under a line such as
/// "> 12B after 1.5ms". `start` is where that time counts from.
Status print_transcript(const flow::Transcript& transcript, Time start, const TextOptions& options,
                        ByteSink& sink);

}  // namespace mitm::render
