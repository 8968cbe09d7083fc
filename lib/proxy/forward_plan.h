#pragma once

#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/proxy/entrance.h"
#include "lib/proxy/routes.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// Whether a message with this oddity must not be routed or resent. Of what parsers disagree about,
/// only a missing Host does no harm: the request-target says where to go, and Host is written from
/// it.
bool prevents_forwarding(const wire::Oddity& oddity);
/// The oddity for people: its name, and what it is about where that is known.
std::string describe(const wire::Oddity& oddity);

/// Why a request with that oddity is not forwarded, for its client.
std::string objection_to(const wire::Oddity& oddity);

/// How a request to a proxy goes on to its server.
struct ForwardPlan {
  flow::Target target;
  Bytes head;  ///< through the blank line; in origin-form, or in absolute-form for `via`
  std::shared_ptr<const Upstream> via = {};  ///< the proxy for HTTP that takes it; null: none
};

/// Rewrites an absolute-form request for its server (RFC 9112, section 3.2.2): origin-form, Host
/// from the target, without what is between client and proxy only. Everything else stays as it was
/// received, in order and case; white space at the ends of lines goes. Where an upstream proxy for
/// HTTP takes it, it stays in absolute-form and gets the login for that. Fails with the reason to
/// tell the client.
Result<ForwardPlan> plan_forward(const wire::RequestHead& head, const Routes& routes = {});

/// Rewrites a request that a reverse proxy got for the one server behind it: Host names the server,
/// unless `keep_host`. Everything else is as above; absolute-form is taken as well.
Result<ForwardPlan> plan_gateway(const wire::RequestHead& head, const ReverseRoute& route,
                                 bool keep_host, const Routes& routes = {});

}  // namespace mitm::proxy
