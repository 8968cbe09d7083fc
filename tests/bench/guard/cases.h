#pragma once

#include <functional>
#include <map>
#include <string>

namespace mitm::bench {

/// Prepares something for a number of exchanges and returns the work whose instructions are
/// counted, to be called once. Aborts where something fails.
using Case = std::function<std::function<void()>(unsigned exchanges)>;

/// By name.
const std::map<std::string, Case>& cases();

}  // namespace mitm::bench
