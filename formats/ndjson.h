#pragma once

#include "formats/json_out.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/body_store.h"
#include "lib/flow/flow.h"

namespace mitm::formats {

struct NdjsonOptions {
  bool bodies = false;  ///< with "body" and, for what is not HTTP, "messages"
  bool decode = true;   ///< undo Content-Encoding where that works
};

/// Writes flows as one JSON object a line (formats/README.md, section NDJSON). Bodies pass in
/// pieces, from their spool to the sink. One thread.
class NdjsonWriter {
 public:
  /// `sink` must outlive the object.
  NdjsonWriter(const NdjsonOptions& options, ByteSink& sink) : options_(options), out_(sink) {}

  /// `bodies` may be null when options say that none are wanted.
  Status write(const flow::Flow& flow, const flow::FlowBodies* bodies);

 private:
  void write_origin(const flow::Flow& flow);
  Status write_request(const flow::Flow& flow, const flow::FlowBodies* bodies);
  Status write_response(const flow::Flow& flow, const flow::FlowBodies* bodies);
  void write_outcome(const flow::Flow& flow);
  /// What both kinds of message end with: body_size and body.
  Status write_body(const flow::Flow& flow, flow::Side sender, const flow::FlowBodies* bodies);
  Status write_messages(const flow::Transcript& transcript);

  NdjsonOptions options_;
  JsonOut out_;
};

}  // namespace mitm::formats
