#include "lib/proxy/routes.h"

namespace mitm::proxy {

Route Routes::find(const flow::Target& target, Purpose purpose) const {
  Route route{.server = detours.target_for(target), .upstream = upstreams.find(target, purpose)};
  const bool takes_requests = purpose == Purpose::kRequests && route.server == target &&
                              route.upstream && route.upstream->scheme != Upstream::Scheme::kSocks5;
  if (takes_requests) route.purpose = Purpose::kRequests;
  route.known = detours.addresses_of(route.hop());
  return route;
}

std::shared_ptr<const Upstream> Routes::requests_proxy(const flow::Target& target) const {
  auto route = find(target, Purpose::kRequests);
  return route.purpose == Purpose::kRequests ? std::move(route.upstream) : nullptr;
}

}  // namespace mitm::proxy
