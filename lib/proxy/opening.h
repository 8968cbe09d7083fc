#pragma once

#include <string>
#include <variant>

#include "lib/base/bytes.h"
#include "lib/flow/record.h"
#include "lib/proxy/credentials.h"
#include "lib/proxy/page.h"
#include "lib/wire/http1.h"

namespace mitm::proxy {

/// Nothing can be said yet.
struct OpeningNeedsMore {};
/// CONNECT: a tunnel to `target` (RFC 9110, section 9.3.6). The request's first `length` bytes are
/// used.
struct OpenTunnel {
  flow::Target target;
  std::size_t length = 0;
};
/// Requests in absolute-form follow, this one included: they are routed one by one.
struct ForwardRequests {};
/// The client speaks SOCKS.
struct OpenSocks {};
/// Nothing that a proxy answers.
struct RefuseOpening {
  Page page;
  std::string kind = "protocol";  ///< of the error, as formats/README.md names it
};

using OpeningDecision =
    std::variant<OpeningNeedsMore, OpenTunnel, ForwardRequests, OpenSocks, RefuseOpening>;

/// Learns from a client's first bytes where it wants to go, for a proxy that clients are configured
/// to use. Sees each byte once; decides once.
class ExplicitOpening {
 public:
  /// `credentials`, which outlive it, are asked for before a tunnel.
  ExplicitOpening(const Credentials& credentials, const wire::Http1Limits& limits)
      : credentials_(credentials), decoder_(wire::Role::kRequest, limits) {}

  /// `bytes` are what came after those of the earlier calls.
  OpeningDecision feed(ByteView bytes);

 private:
  OpeningDecision judge(const wire::RequestHead& head) const;

  const Credentials& credentials_;
  wire::Http1Decoder decoder_;
  bool begun_ = false;
  std::string objection_;  ///< why the request that comes next must not open a tunnel
};

}  // namespace mitm::proxy
