#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/tls/handles.h"

namespace mitm::tls {

enum class VerifyKind : std::uint8_t {
  kOk,
  kExpired,
  kNotYetValid,
  kSelfSigned,
  kUntrusted,  ///< no way from the server's certificate to one that is trusted
  kWrongName,
  kWeak,     ///< key or digest too weak
  kRevoked,  ///< by its issuer, as the server's stapled answer says
  kInvalid,  ///< not made for a server, or issued by what may not issue it
  kNoCertificate,
  kOther,
};

/// "ok", "expired", "not-yet-valid", "self-signed", "untrusted", "wrong-name", "weak", "revoked",
/// "invalid",
/// "no-certificate", "other".
std::string_view to_string(VerifyKind kind);

/// What came of checking a server's certificate.
struct VerifyOutcome {
  VerifyKind kind = VerifyKind::kOk;  ///< of the first reason
  /// "ok" or all reasons: "certificate is self-signed; certificate expired on 2024-01-02".
  /// ASCII without control characters.
  std::string reason = "ok";
  /// May the connection be used? True when ok, and always with ServerLegOptions::insecure.
  bool accepted = true;
};

/// The outcome for an SSL of a ServerLeg; of one that resumed a session, that of the session's
/// first handshake. Requires: the handshake is done.
VerifyOutcome verify_outcome(const ssl_st* ssl);

}  // namespace mitm::tls
