#pragma once

#include <optional>
#include <string>

namespace mitm::tls {

/// "unknown ca" for 48 (RFC 8446, section 6, and the IANA registry); "alert N" for unknown numbers.
std::string alert_name(int alert);

/// Does a client send this alert when it does not accept our certificate?
constexpr bool refuses_certificate(int alert) {
  return alert == 42 || alert == 43 || alert == 45 || alert == 46 || alert == 48;
}

/// The number of the alert that the peer sent, if that is what this OpenSSL error code says.
std::optional<int> received_alert(unsigned long code);

}  // namespace mitm::tls
