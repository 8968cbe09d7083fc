#include "lib/tls/version.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "lib/tls/error.h"

namespace mitm::tls {

std::optional<Version> parse_version(std::string_view text) {
  if (text == "1.0") return Version::kTls10;
  if (text == "1.1") return Version::kTls11;
  if (text == "1.2") return Version::kTls12;
  if (text == "1.3") return Version::kTls13;
  return std::nullopt;
}

Status set_versions(SSL_CTX* context, VersionRange range) {
  if (range.min > range.max) {
    return fail(Code::kUsage, "the lowest TLS version is above the highest");
  }
  ERR_clear_error();
  if (range.min < Version::kTls12 && SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") != 1) {
    return fail_tls("allow old TLS versions");
  }
  if (SSL_CTX_set_min_proto_version(context, static_cast<int>(range.min)) != 1 ||
      SSL_CTX_set_max_proto_version(context, static_cast<int>(range.max)) != 1) {
    return fail_tls("set TLS versions");
  }
  return {};
}

}  // namespace mitm::tls
