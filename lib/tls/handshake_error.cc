#include "lib/tls/handshake_error.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <algorithm>
#include <string>
#include <system_error>

#include "lib/tls/alert.h"
#include "lib/tls/error.h"

namespace mitm::tls {
namespace {

using flow::Side;

struct Explanation {
  std::string cause;
  std::string hint = {};
};

constexpr const char* kClosed = "closed the connection too early";
constexpr int kHandshakeFailure = 40;
constexpr int kProtocolVersion = 70;
constexpr int kUnrecognizedName = 112;
constexpr int kCertificateRequired = 116;

Explanation explain_alert(Side peer, int alert) {
  Explanation result{fmt::format("sent alert {} ({})", alert, alert_name(alert))};
  if (peer == Side::kClient && refuses_certificate(alert)) {
    result.cause += ": it does not trust the mitmkit CA";
    result.hint = "'mitm-ca export' gives the certificate that it must trust";
  } else if (peer == Side::kServer && alert == kCertificateRequired) {
    result.cause += ": it wants a client certificate";
  } else if (alert == kProtocolVersion) {
    result.cause += ": it speaks none of the TLS versions that we allow";
  } else if (peer == Side::kServer && alert == kUnrecognizedName) {
    result.cause += ": it does not know the name it was asked for";
  } else if (peer == Side::kServer && alert == kHandshakeFailure) {
    result.cause += ": it found no common cipher, or wants something that we do not have";
  }
  return result;
}

Explanation explain_code(unsigned long code) {
  if (ERR_SYSTEM_ERROR(code)) {
    return {
        fmt::format("connection failed: {}", std::system_category().message(ERR_GET_REASON(code)))};
  }
  switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return {kClosed};
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return {"sent plain HTTP instead of TLS"};
    case SSL_R_WRONG_VERSION_NUMBER:
      return {"does not speak TLS (wrong version number)"};
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
      return {"speaks none of the TLS versions that we allow"};
    case SSL_R_NO_SHARED_CIPHER:
      return {"offered no cipher that we have"};
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
      return {"does not know secure renegotiation (RFC 5746)"};
    default:
      break;
  }
  const char* reason = reason_of(code);
  return {fmt::format("broke the TLS protocol: {}",
                      reason != nullptr ? reason : fmt::format("OpenSSL error {:#x}", code))};
}

}  // namespace

TlsFailure explain_failure(Side peer, std::span<const unsigned long> codes) {
  TlsFailure failure{.error = {codes.empty() ? Code::kPeer : Code::kTls, {}}};
  for (const unsigned long code : codes) {
    if (!failure.alert) failure.alert = received_alert(code);
  }
  Explanation explanation{kClosed};
  if (failure.alert) {
    explanation = explain_alert(peer, *failure.alert);
  } else if (!codes.empty()) {
    explanation = explain_code(codes.front());
  }
  failure.error.message =
      fmt::format("{} {}", peer == Side::kClient ? "client" : "server", explanation.cause);
  failure.error.hint = std::move(explanation.hint);
  return failure;
}

}  // namespace mitm::tls
