#include "lib/tls/error.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <system_error>

namespace mitm::tls {
namespace {

std::string describe(unsigned long code, const char* data, int flags) {
  std::string text;
  if (ERR_SYSTEM_ERROR(code)) {
    text = std::system_category().message(ERR_GET_REASON(code));
  } else if (const char* reason = reason_of(code)) {
    text = reason;
  } else {
    text = fmt::format("OpenSSL error {:#x}", code);
  }
  if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') {
    text += fmt::format(" ({})", data);
  }
  return text;
}

}  // namespace

const char* reason_of(unsigned long code) {
  // The words are loaded by the first context as a rule, but an error may come before it.
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
  return ERR_reason_error_string(code);
}

Error tls_error(std::string_view what) {
  std::string reasons;
  const char* data = nullptr;
  int flags = 0;
  while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    if (!reasons.empty()) reasons += "; ";
    reasons += describe(code, data, flags);
  }
  if (reasons.empty()) reasons = "unknown reason";
  return {Code::kTls, fmt::format("{}: {}", what, reasons)};
}

std::unexpected<Error> fail_tls(std::string_view what) { return std::unexpected(tls_error(what)); }

}  // namespace mitm::tls
