#pragma once

#include <string>

#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/body_store.h"
#include "lib/flow/flow.h"
#include "lib/flow/flow_stream.h"
#include "lib/render/options.h"
#include "lib/render/timestamp.h"

namespace mitm::render {

/// Prints one flow after the other as text for people. One thread.
class FlowText {
 public:
  /// `sink` must outlive the object.
  FlowText(const TextOptions& options, ByteSink& sink)
      : options_(options), timestamps_(options.time), sink_(sink) {}

  /// From now on ids are shown with their run, because there are several.
  void show_run() { options_.show_run = true; }

  /// `bodies` may be null where needs_bodies() says so. One write for all but bodies.
  Status print(const flow::Flow& flow, const flow::FlowBodies* bodies);

  static bool needs_bodies(Detail detail) { return detail >= Detail::kBodies; }

 private:
  Status print_message(const flow::Flow& flow, flow::Side sender, const flow::FlowBodies* bodies);
  Status print_bytes(const flow::Flow& flow, const flow::FlowBodies* bodies);
  Status flush();

  TextOptions options_;
  TimestampFormatter timestamps_;
  ByteSink& sink_;
  std::string buffer_;  // of which only the capacity outlives a call
};

/// Records in, text out: what mitm-dump prints of a recording while it is being made. One thread.
class FlowPrinter {
 public:
  FlowPrinter(const TextOptions& options, ByteSink& sink);

  /// Prints the flows that ended with this record. Copies heads, but no bodies.
  Status consume(const flow::Record& record);
  /// Prints the flows that have not ended as incomplete.
  Status finish();

 private:
  Status print_ended();

  flow::FlowStream stream_;
  FlowText text_;
};

}  // namespace mitm::render
