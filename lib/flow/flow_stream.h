#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "lib/base/error.h"
#include "lib/flow/assembler.h"
#include "lib/flow/body_store.h"
#include "lib/flow/record.h"

namespace mitm::flow {

/// A flow that has ended and, where they were asked for, its bytes.
struct FinishedFlow {
  Flow flow;
  std::unique_ptr<FlowBodies> bodies;  ///< null: not asked for
};

/// An Assembler and, if bodies are wanted, a BodyStore beside it: add() records, take next() flows.
/// One thread.
class FlowStream {
 public:
  /// Says whether the bytes of a flow are wanted, by one of its records. Null: of none.
  using Wanted = std::function<bool(const Record&)>;

  explicit FlowStream(Wanted bodies_of = nullptr) : wanted_(std::move(bodies_of)) {}

  /// Fails only when a temporary file cannot be written.
  Status add(Record&& record);
  /// Copies heads, but no bodies.
  Status add(const Record& record);
  void disclaim_servers() { assembler_.disclaim_servers(); }
  void finish() { assembler_.finish(); }
  std::optional<FinishedFlow> next();

 private:
  Status keep(const Record& record);

  Assembler assembler_;
  BodyStore store_;
  Wanted wanted_;
};

}  // namespace mitm::flow
