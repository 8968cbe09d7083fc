#include "lib/net/original_destination.h"

#include <fmt/format.h>

#include "lib/net/netfilter_destinations.h"
#include "lib/net/own_addresses.h"
#include "lib/net/pf_destinations.h"

namespace mitm::net {
namespace {

/// Whether who connects to `local`, with no rule in between, reaches the listener. One on all
/// addresses is reached at any of this machine's; TPROXY brings it connections to others' too.
bool is_itself(const flow::Endpoint& local, const flow::Endpoint& listener) {
  if (local.port != listener.port) return false;
  return local.address == listener.address ||
         (is_wildcard(listener.address) && is_local_address(local.address));
}

}  // namespace

Result<std::shared_ptr<const OriginalDestinations>> open_original_destinations() {
#ifdef __linux__
  return make_netfilter_destinations();
#else
  return open_pf_destinations();
#endif
}

Result<flow::Endpoint> choose_destination(const flow::Endpoint& local,
                                          const flow::Endpoint& translated,
                                          const flow::Endpoint& listener) {
  const bool is_translated = translated.port != 0 && translated != local;
  if (is_translated && translated != listener) return translated;
  if (!is_translated && local.port != 0 && !is_itself(local, listener)) return local;
  return fail(Code::kUsage,
              fmt::format("a connection came to {} itself, and no rule led it there from another "
                          "destination",
                          to_string(listener)),
              "it lacks a REDIRECT or TPROXY rule: mitm-record --print-rules prints them");
}

}  // namespace mitm::net
