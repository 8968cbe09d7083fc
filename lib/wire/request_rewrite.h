#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lib/base/bytes.h"
#include "lib/wire/http1.h"
#include "lib/wire/target.h"

/// Requests that go to another place than they were received for: from a proxy to the server, or
/// from a recording to whatever server shall answer now.
namespace mitm::wire {

/// The request-target for the server itself (RFC 9112, section 3.2.1). OPTIONS without a path asks
/// about the server as a whole (section 3.2.4).
std::string origin_form(ByteView method, const AbsoluteTarget& target);

/// What changes in a head, and how its lines are written.
struct RequestRewrite {
  enum class Lines : std::uint8_t {
    kAsReceived,  ///< with all white space and with their ends, whatever these are
    kAnew,        ///< from what was read of them: single spaces in the request line, no white space
                  ///< at the ends of field lines, CRLF
  };

  std::optional<std::string> target = {};  ///< in place of the request-target; nullopt: it stays
  std::string host;                        ///< what Host says; empty: fields of that name stay
  Lines lines = Lines::kAnew;
  std::string login = {};  ///< for the next proxy, the value of Proxy-Authorization; empty: none
};

/// The head through its blank line, without the fields that are for a proxy alone. `host` becomes
/// the value of the first Host field, and further ones are left out. Where there is none it is
/// added, but to a request of HTTP/1.0 only with a new target. Everything else stays, order and
/// case included.
Bytes rewrite_request(const RequestHead& head, const RequestRewrite& rewrite);

}  // namespace mitm::wire
