#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"

/// The first message of a TLS client (RFC 8446, section 4.1.2; RFC 5246, section 7.4.1.2), read
/// from the bytes a connection starts with, before any TLS library sees them.
namespace mitm::wire {

/// All lists are in the order sent and keep unknown and GREASE values (RFC 8701).
struct ClientHello {
  std::size_t length = 0;  ///< octets of the records that hold it, from the first byte
  std::uint16_t record_version = 0;
  std::uint16_t legacy_version = 0;
  std::vector<std::uint16_t> ciphers;
  std::vector<std::uint16_t> extensions;
  std::string sni;                ///< as sent; empty when absent or malformed
  bool sni_malformed = false;     ///< sent, but not made of letters, digits, '-', '_', '.' and ':'
  std::vector<std::string> alpn;  ///< not necessarily text
  std::vector<std::uint16_t> supported_versions;  ///< empty before TLS 1.3
  std::vector<std::uint16_t> groups;
  std::vector<std::uint8_t> point_formats;
  std::vector<std::uint16_t> signature_algorithms;
  bool offers_ecdsa = false;       ///< accepts a certificate with an ECDSA P-256 key
  bool offers_resumption = false;  ///< a session id, a ticket or a pre-shared key
};

/// So far it is the beginning of a ClientHello.
struct NeedMore {};

/// It is not TLS 1.0 or later (SSLv2-compatible hellos included).
struct NotTls {};

/// It begins like a ClientHello and then is not one, or is larger than the limit.
struct Malformed {
  std::string reason;
};

using ClientHelloParse = std::variant<NeedMore, NotTls, ClientHello, Malformed>;

inline constexpr std::size_t kMaxClientHello = 64 * 1024;

/// Reads the ClientHello that `buffered` starts with; it may be spread over several records. Until
/// it is complete a call costs one look at each record's header. `limit` bounds the octets of the
/// handshake message.
ClientHelloParse parse_client_hello(ByteView buffered, std::size_t limit = kMaxClientHello);

}  // namespace mitm::wire
