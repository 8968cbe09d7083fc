#pragma once

#include <memory>

#include "lib/base/io.h"

namespace mitm::replay {

/// Standard input, for a program that blocks SIGINT and SIGTERM to have them delivered to its event
/// loop: waiting for input ends with kCancelled when one of them is pending, so that the loop gets
/// to see it.
std::unique_ptr<ByteSource> standard_input();

}  // namespace mitm::replay
