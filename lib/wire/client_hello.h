#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
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
  bool sni_malformed = false;     ///< sent, but not one name of letters, digits and "-_.:"
  std::vector<std::string> alpn;  ///< not necessarily text
  std::vector<std::uint16_t> supported_versions;  ///< empty before TLS 1.3
  std::vector<std::uint16_t> groups;
  std::vector<std::uint8_t> point_formats;
  std::vector<std::uint16_t> signature_algorithms;
  bool offers_ecdsa = false;       ///< accepts a certificate with an ECDSA P-256 key
  bool offers_resumption = false;  ///< a session id, a ticket or a pre-shared key
  /// Another hello may be encrypted in this one (RFC 9849), whose name is then not the real one. Or
  /// it is only pretended: nobody but the server can tell.
  bool offers_ech = false;
};

/// So far it is the beginning of a ClientHello.
struct NeedMore {};

/// It is not TLS 1.0 or later (SSLv2-compatible hellos included).
struct NotTls {};

/// It begins like a ClientHello and then is not one, or is larger than the limit.
struct Malformed {
  std::string reason;
};

/// Names of anomalies, see formats/README.md.
inline constexpr std::string_view kBadClientHello = "bad-client-hello";
inline constexpr std::string_view kBadServerName = "bad-server-name";

using ClientHelloParse = std::variant<NeedMore, NotTls, ClientHello, Malformed>;

inline constexpr std::size_t kMaxClientHello = 64 * 1024;
inline constexpr std::size_t kMaxClientHelloRecords = 1024;

/// Values that mean nothing and keep servers from choking on unknown ones (RFC 8701).
constexpr bool is_grease(std::uint16_t value) {
  return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/// Reads the ClientHello that `buffered` starts with; it may be spread over several records. Until
/// it is complete a call costs one look at each record's header, of which there are
/// kMaxClientHelloRecords at most. `limit` bounds the octets of the handshake message.
ClientHelloParse parse_client_hello(ByteView buffered, std::size_t limit = kMaxClientHello);

}  // namespace mitm::wire
