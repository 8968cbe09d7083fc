// bench_guard CASE: does the work of a case for a fixed number of exchanges, to be counted by
// callgrind within bench_guard_counted(); guard.py runs it. bench_guard --compiler: what made it.

#include <fmt/format.h>

#include <string_view>

#include "tests/bench/guard/cases.h"

namespace {

constexpr unsigned kExchanges = 1000;

}  // namespace

/// A name that callgrind finds.
extern "C" [[gnu::noinline]] void bench_guard_counted(const std::function<void()>& work) { work(); }

int main(int argc, char** argv) {
  const std::string_view name = argc == 2 ? argv[1] : "";
  if (name == "--compiler") return fmt::print("{}\n", MITM_BENCH_COMPILER), 0;
  const auto& cases = mitm::bench::cases();
  const auto found = cases.find(std::string(name));
  if (found == cases.end()) {
    for (const auto& [each, prepare] : cases) fmt::print("{} {}\n", each, kExchanges);
    return name == "--list" ? 0 : 2;
  }
  // What happens only the first time is not what is guarded.
  found->second(20)();
  bench_guard_counted(found->second(kExchanges));
  return 0;
}
