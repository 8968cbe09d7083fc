#pragma once

#include <string>

#include "lib/flow/record.h"

namespace mitm::proxy {

/// What the person who runs mitm-record can do about a server that was not reached; may be empty.
std::string failure_hint(const flow::FlowError& error);

}  // namespace mitm::proxy
