#pragma once

#include <memory>

#include "cmd/mitm-dump/config.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/cli/diagnostics.h"
#include "lib/flow/flow_stream.h"

namespace mitm::dump {

/// What becomes of each flow.
class FlowOutput {
 public:
  virtual ~FlowOutput() = default;
  /// From now on ids tell their run, because there are several.
  virtual void show_run() {}
  virtual Status print(const flow::FinishedFlow& flow) = 0;
  /// After the last flow.
  virtual Status finish() { return {}; }
};

/// The output that the configuration asks for. `sink` and `diagnostics` must outlive it.
std::unique_ptr<FlowOutput> make_output(const Config& config, ByteSink& sink,
                                        const cli::Diagnostics& diagnostics);

/// Whether that output looks at the bytes of flows.
bool needs_bodies(const Config& config);

}  // namespace mitm::dump
