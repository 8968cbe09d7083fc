#pragma once

#include <string>
#include <vector>

#include "lib/flow/flow_stream.h"
#include "tests/support/records.h"

/// Flows to render.
namespace mitm::test {

/// The flows of a script, with their bodies; those that have not ended are incomplete.
inline std::vector<flow::FinishedFlow> finished(const RecordScript& script) {
  flow::FlowStream stream([](const flow::Record&) { return true; });
  std::vector<flow::FinishedFlow> flows;
  for (const flow::Record& record : script.records()) static_cast<void>(stream.add(record));
  stream.finish();
  while (auto flow = stream.next()) flows.push_back(*std::move(flow));
  return flows;
}

inline flow::FinishedFlow only(const RecordScript& script) {
  auto flows = finished(script);
  return flows.size() == 1 ? std::move(flows[0]) : flow::FinishedFlow{};
}

/// A connection to example.com over which flow 12 is about to begin.
inline RecordScript connected() {
  RecordScript script;
  script.add(0, flow::Header{.run_id = 0xa3f9c012'00000001})
      .connection(7)
      .add(0, from_client())
      .add(12, to_server("example.com", "192.0.2.1"))
      .flow(12);
  return script;
}

}  // namespace mitm::test
