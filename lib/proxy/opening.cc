#include "lib/proxy/opening.h"

#include <fmt/format.h>

#include <utility>

#include "lib/proxy/forward_plan.h"
#include "lib/proxy/proxy_login.h"
#include "lib/wire/socks.h"
#include "lib/wire/target.h"

namespace mitm::proxy {
namespace {

RefuseOpening refuse(std::string message, std::string hint = {}) {
  return {{400, std::move(message), std::move(hint)}};
}

}  // namespace

OpeningDecision ExplicitOpening::feed(ByteView bytes) {
  if (!begun_ && !bytes.empty()) {
    begun_ = true;
    if (wire::begins_socks(bytes.front())) return OpenSocks{};
  }
  decoder_.feed(bytes);
  while (true) {
    const wire::Event event = decoder_.next();
    if (const auto* oddity = std::get_if<wire::Oddity>(&event);
        oddity != nullptr && prevents_forwarding(*oddity)) {
      objection_ = objection_to(*oddity);
    }
    if (const auto* failed = std::get_if<wire::Failed>(&event)) {
      if (failed->head_too_large) {
        return RefuseOpening{{431, failed->reason, kMaxHeadHint}};
      }
      return refuse(fmt::format("this is not an HTTP/1 request: {}", failed->reason),
                    "this port is a proxy for HTTP and SOCKS; set http_proxy and https_proxy to "
                    "http://ADDRESS:PORT");
    }
    if (const auto* head = std::get_if<wire::RequestHead>(&event)) return judge(*head);
    if (std::holds_alternative<wire::NeedData>(event)) return OpeningNeedsMore{};
  }
}

OpeningDecision ExplicitOpening::judge(const wire::RequestHead& head) const {
  if (head.method == "CONNECT") {
    if (!is_authorized(credentials_, head.fields))
      return RefuseOpening{login_page(), std::string(kProxyAuth)};
    if (!objection_.empty()) return refuse(objection_);
    auto authority = wire::parse_authority(head.target, 0);
    if (!authority) return refuse(authority.error().message);
    if (head.framing != wire::BodyFraming::kNone) return refuse("CONNECT with a body");
    return OpenTunnel{{std::move(authority->host), authority->port}, head.wire.size()};
  }
  if (head.target.starts_with('/') || head.target == "*") {
    return refuse("this is a proxy, not a web server: the request names no host",
                  "use this address as http_proxy and https_proxy, not as a URL");
  }
  return ForwardRequests{};
}

}  // namespace mitm::proxy
