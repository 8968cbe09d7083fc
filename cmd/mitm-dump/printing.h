#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "cmd/mitm-dump/config.h"
#include "cmd/mitm-dump/inputs.h"
#include "cmd/mitm-dump/outputs.h"
#include "cmd/mitm-dump/selection.h"
#include "lib/base/spool.h"
#include "lib/cli/output.h"

namespace mitm::dump {

/// What stands between flows, wherever they come from, and standard output: selection, limit, the
/// output itself. One thread.
class Printing {
 public:
  /// Both must outlive the object.
  Printing(const Config& config, const cli::Diagnostics& diagnostics);

  /// From now on ids tell their run, because there are several.
  void show_run();
  /// Prints a flow, of which that much is `known`, if it is among those that are wanted. False:
  /// enough has been printed.
  Result<bool> print(const flow::FinishedFlow& flow, filter::Known known = filter::Known::kHeads);
  /// Lets out what was printed, where nothing more can come, or not soon.
  Status flush();
  /// After the last flow. No other call may follow.
  Status finish(Stopped why);

 private:
  /// Holds back what is printed until it is certain that it is what was meant.
  class Held final : public ByteSink {
   public:
    Status write(ByteView bytes) override { return spool_.append(bytes); }
    Status sync() override { return {}; }
    Status close() override { return {}; }
    Status copy_to(ByteSink& sink);

   private:
    Spool spool_;
  };

  /// Whether another run has the selected flow too shows only at the end, which what is followed
  /// may not have.
  [[nodiscard]] bool holds_back() const { return selection_ && !config_.follow; }
  Result<bool> is_selected(const flow::Flow& flow);
  [[nodiscard]] bool passes(const flow::Flow& flow, filter::Known known) const;
  [[nodiscard]] bool is_enough() const;

  const Config& config_;
  bool flush_each_;
  bool several_runs_ = false;
  cli::Output stdout_;
  Held held_;
  std::optional<Selection> selection_;
  std::unique_ptr<FlowOutput> output_;
  std::uint64_t printed_ = 0;
};

}  // namespace mitm::dump
