#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/wire/client_hello.h"

/// What to do with a connection whose destination is known, judged by the client's first bytes.
/// Pure: bytes in, decision out.
namespace mitm::proxy {

/// The anomaly of TLS that is passed through because one side speaks only what we cannot decode.
inline constexpr std::string_view kNoCommonProtocol = "no-common-protocol";

enum class Guess : std::uint8_t { kNo, kYes, kNeedMore };

/// Whether `bytes` begin like an HTTP/1 request: a token and a space (RFC 9112, section 3). The
/// preface of HTTP/2 with prior knowledge (RFC 9113, section 3.4) does not.
/// Blank lines before it count, but not without end.
Guess guess_http1(ByteView bytes);

/// Nothing can be said yet.
struct Undecided {};
/// A TLS handshake that we can stand in the middle of.
struct OpenTls {
  wire::ClientHello hello;
  std::vector<std::string> alpn;  ///< of the client's offers those that we can decode, in its order
};
/// A TLS handshake that we leave alone, because the client offers only protocols that we cannot
/// decode, or names the server in a way that we could not repeat to it.
struct PassTls {
  wire::ClientHello hello;
};
/// Begins like TLS and goes on otherwise. What becomes of it is for the server to say.
struct RelayBroken {
  std::string reason;
};
/// Not TLS: relayed as it is, HTTP/1 or anything else.
struct RelayPlain {};

using Interception = std::variant<Undecided, OpenTls, PassTls, RelayBroken, RelayPlain>;

Interception decide_interception(ByteView buffered);

}  // namespace mitm::proxy
