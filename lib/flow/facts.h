#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/time.h"

/// What is known about a connection, as plain values without a socket or a library's type in them.
namespace mitm::flow {

/// Who sent something, or which side of us a fact is about.
enum class Side : std::uint8_t { kClient, kServer };

constexpr Side other(Side side) { return side == Side::kClient ? Side::kServer : Side::kClient; }

/// How traffic reached us.
enum class Mode : std::uint8_t { kExplicit, kTransparent, kReverse };

struct Endpoint {
  std::string address;  ///< numeric IPv4 or IPv6, without brackets; empty when unknown
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
};

/// Where a client wants to go: a name or a numeric address, as the client gave it.
struct Target {
  std::string host;
  std::uint16_t port = 0;

  bool operator==(const Target&) const = default;
};

/// "host:port", with brackets around an IPv6 address.
std::string to_string(const Endpoint& endpoint);
std::string to_string(const Target& target);

/// What people ask about a certificate, beside its exact bytes, so that readers need no X.509
/// parser.
struct Certificate {
  Bytes der;
  std::string subject;                 ///< RFC 2253 form
  std::string issuer;                  ///< RFC 2253 form
  std::vector<std::string> dns_names;  ///< from subjectAltName
  std::vector<std::string> ip_names;   ///< from subjectAltName, numeric
  std::string serial;                  ///< lower-case hexadecimal
  Time not_before;
  Time not_after;
  std::string key;     ///< "EC P-256", "RSA 2048", "Ed25519"
  std::string sha256;  ///< of the DER, lower-case hexadecimal

  bool operator==(const Certificate&) const = default;
};

/// The certificates a peer sent, leaf first. `id` is the SHA-256 (32 octets) of the concatenated
/// DER.
struct CertificateChain {
  Bytes id;
  std::vector<Certificate> certificates;

  bool operator==(const CertificateChain&) const = default;
};

/// One finished TLS handshake, on one side of us.
struct TlsFacts {
  std::string version;  ///< "TLSv1.3"
  std::string cipher;   ///< IANA name
  std::string group;    ///< key exchange group, empty if unknown
  std::string sni;      ///< empty when none was sent
  std::string alpn;     ///< empty when none was agreed
  bool resumed = false;
  std::string verify;  ///< server side: "ok" or the reason; client side empty
  std::shared_ptr<const CertificateChain>
      chain;             ///< what that side presented; on the client side: what we did
  Duration handshake{};  ///< from the first byte to the last
  std::shared_ptr<const CertificateChain>
      client_chain;        ///< what the TLS client presented: the client, or on the server side we
  Bytes ocsp;              ///< server side: the stapled answer (RFC 6066, section 8), DER
  std::string revocation;  ///< what it says: "good", "revoked on 2026-01-02", …; empty: none came
  Bytes secrets;           ///< lines of a key log, if they are to be recorded

  bool operator==(const TlsFacts&) const = default;
};

/// What a ClientHello said.
struct ClientHelloFacts {
  std::string sni;
  std::vector<std::string> alpn;
  std::string ja3;          ///< empty when not computed
  std::string ja4;          ///< empty when not computed
  bool offers_ech = false;  ///< another hello may be encrypted in it; `sni` is that of the outer

  bool operator==(const ClientHelloFacts&) const = default;
};

}  // namespace mitm::flow
