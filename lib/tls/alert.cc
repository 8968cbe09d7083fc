#include "lib/tls/alert.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>

namespace mitm::tls {
namespace {

struct Entry {
  int number;
  const char* name;
};

constexpr std::array kAlerts = {
    Entry{0, "close notify"},
    Entry{10, "unexpected message"},
    Entry{20, "bad record mac"},
    Entry{21, "decryption failed"},
    Entry{22, "record overflow"},
    Entry{30, "decompression failure"},
    Entry{40, "handshake failure"},
    Entry{41, "no certificate"},
    Entry{42, "bad certificate"},
    Entry{43, "unsupported certificate"},
    Entry{44, "certificate revoked"},
    Entry{45, "certificate expired"},
    Entry{46, "certificate unknown"},
    Entry{47, "illegal parameter"},
    Entry{48, "unknown ca"},
    Entry{49, "access denied"},
    Entry{50, "decode error"},
    Entry{51, "decrypt error"},
    Entry{60, "export restriction"},
    Entry{70, "protocol version"},
    Entry{71, "insufficient security"},
    Entry{80, "internal error"},
    Entry{86, "inappropriate fallback"},
    Entry{90, "user canceled"},
    Entry{100, "no renegotiation"},
    Entry{109, "missing extension"},
    Entry{110, "unsupported extension"},
    Entry{111, "certificate unobtainable"},
    Entry{112, "unrecognized name"},
    Entry{113, "bad certificate status response"},
    Entry{114, "bad certificate hash value"},
    Entry{115, "unknown psk identity"},
    Entry{116, "certificate required"},
    Entry{120, "no application protocol"},
    Entry{121, "ech required"},
};

}  // namespace

std::string alert_name(int alert) {
  const auto* found = std::ranges::find(kAlerts, alert, &Entry::number);
  return found != kAlerts.end() ? found->name : fmt::format("alert {}", alert);
}

std::optional<int> received_alert(unsigned long code) {
  if (ERR_GET_LIB(code) != ERR_LIB_SSL) return std::nullopt;
  const int alert = ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET;
  return alert >= 0 && alert <= 255 ? std::optional(alert) : std::nullopt;
}

}  // namespace mitm::tls
