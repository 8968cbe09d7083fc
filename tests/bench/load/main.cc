// Loads a proxy, or an origin, the way the options say, and prints what became of it as JSON:
// bench_load --address 127.0.0.1:8080 --target 127.0.0.1:443 --way connect --tls --seconds 2
// plan.h says what there is. The clients are threads that block, because the load generator is not
// what is measured.

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "tests/bench/load/plan.h"
#include "tests/bench/load/run.h"

namespace {

mitm::Status carry_out(const mitm::bench::Plan& plan) {
  if (plan.idle) return mitm::bench::hold(plan);
  const auto outcome = mitm::bench::run(plan);
  if (!outcome) return std::unexpected(outcome.error());
  fmt::print("{}\n", mitm::bench::to_json(*outcome));
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto plan = mitm::bench::parse_plan(argc, argv);
  const mitm::Status done = plan ? carry_out(*plan) : std::unexpected(plan.error());
  if (done) return 0;
  fmt::print(stderr, "bench_load: {}\n", done.error().message);
  return 1;
}
