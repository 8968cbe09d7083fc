#pragma once

#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/replay/destination.h"
#include "lib/replay/request_stream.h"

namespace mitm::replay {

/// Where requests go instead of where they went.
struct Route {
  std::optional<Destination> to;  ///< nullopt: where they went when they were recorded
  bool keep_host = false;         ///< with `to`: Host fields stay as they are
};

/// A request that is ready to be sent, but for its body.
struct Outgoing {
  Destination destination;
  std::string method;
  Bytes head;            ///< through the blank line
  bool chunked = false;  ///< otherwise the body is sent as it is
  Bytes trailers;        ///< field lines, for a chunked body
  bool upgrade_asked = false;
  bool keep_alive = false;  ///< another request may follow it
  bool ambiguous = false;  ///< servers may disagree about where it ends: it gets its own connection
};

/// CONNECT and requests that switched protocols cannot be repeated by sending one message.
bool is_tunnel(const RecordedRequest& request);

/// The head byte for byte but for these: absolute-form becomes origin-form (RFC 9112, section 3.2),
/// fields meant for a proxy go, and Host says where the request now goes. Fails with kProtocol or
/// kUnsupported when the request cannot be sent as it was; the message says why.
Result<Outgoing> make_outgoing(const RecordedRequest& request, const Route& route);

/// The URL that is asked for; never fails.
std::string url_of(const RecordedRequest& request, const Route& route);

}  // namespace mitm::replay
