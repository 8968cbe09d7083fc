#include "cmd/mitm-record/descriptors.h"

#include <fmt/format.h>

#include "lib/base/descriptor_limit.h"

namespace mitm::record {
namespace {

/// What systems give a process that asks for no more. A browser alone opens a hundred connections.
constexpr std::uint64_t kFew = 1024;
constexpr std::uint64_t kPlenty = 8192;

}  // namespace

void take_descriptors(const cli::Diagnostics& diagnostics) {
  raise_descriptor_limit();
  const std::uint64_t limit = descriptor_limit().soft;
  if (limit >= kFew) return;
  diagnostics.warning(
      fmt::format("no more than {} file descriptors may be open, and each connection needs up to "
                  "three: what comes beyond waits",
                  limit));
}

unsigned most_lookups() { return descriptor_limit().soft >= kPlenty ? 128 : 64; }

proxy::Places::Room room_for_connections(const Config& config) {
  return proxy::Places::room_for({.limit = descriptor_limit().soft,
                                  .in_use = open_descriptors(),
                                  .workers = config.threads,
                                  .lookups = most_lookups()});
}

}  // namespace mitm::record
