#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/flow/facts.h"
#include "lib/flow/record.h"

/// What people call things of a recording.
namespace mitm::flow {

/// The 16 hexadecimal digits of a run's id.
std::string run_name(std::uint64_t run);

/// "12", or with its run "a3f9c012:12": the beginning of the run's name, which tells runs apart.
std::string flow_name(std::uint64_t run, FlowId id, bool with_run);

/// "explicit", "transparent", "reverse".
std::string_view mode_name(Mode mode);

}  // namespace mitm::flow
