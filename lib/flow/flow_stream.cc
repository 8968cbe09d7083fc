#include "lib/flow/flow_stream.h"

#include <utility>

namespace mitm::flow {

Status FlowStream::add(Record&& record) {
  MITM_TRY(keep(record));
  assembler_.add(std::move(record));
  return {};
}

Status FlowStream::add(const Record& record) {
  MITM_TRY(keep(record));
  assembler_.add(record);
  return {};
}

Status FlowStream::keep(const Record& record) {
  return wanted_ && record.flow != 0 && wanted_(record) ? store_.add(record) : Status{};
}

std::optional<FinishedFlow> FlowStream::next() {
  auto flow = assembler_.next();
  if (!flow) return std::nullopt;
  FinishedFlow finished{.flow = *std::move(flow), .bodies = nullptr};
  if (wanted_) finished.bodies = store_.take(finished.flow.source, finished.flow.id);
  return finished;
}

}  // namespace mitm::flow
