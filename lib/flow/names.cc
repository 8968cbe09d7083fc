#include "lib/flow/names.h"

#include <fmt/format.h>

namespace mitm::flow {

std::string run_name(std::uint64_t run) { return fmt::format("{:016x}", run); }

std::string flow_name(std::uint64_t run, FlowId id, bool with_run) {
  return with_run ? fmt::format("{:08x}:{}", run >> 32U, id) : fmt::format_int(id).str();
}

std::string_view mode_name(Mode mode) {
  switch (mode) {
    case Mode::kExplicit:
      return "explicit";
    case Mode::kTransparent:
      return "transparent";
    case Mode::kReverse:
      return "reverse";
  }
  return "unknown";
}

}  // namespace mitm::flow
