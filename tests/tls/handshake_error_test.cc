#include "lib/tls/handshake_error.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

using namespace mitm;
using flow::Side;

namespace {

tls::TlsFailure explain(Side peer, int reason) {
  const unsigned long code = ERR_PACK(ERR_LIB_SSL, 0, reason);
  return tls::explain_failure(peer, {&code, 1});
}

}  // namespace

TEST_CASE("a client that does not trust us is named as such") {
  const auto failure = explain(Side::kClient, SSL_R_TLSV1_ALERT_UNKNOWN_CA);
  CHECK(failure.alert == 48);
  CHECK(failure.error.code == Code::kTls);
  CHECK(failure.error.message ==
        "client sent alert 48 (unknown ca): it does not trust the mitmkit CA");
  CHECK_FALSE(failure.error.hint.empty());
}

TEST_CASE("the same alert from a server does not blame our CA") {
  CHECK(explain(Side::kServer, SSL_R_TLSV1_ALERT_UNKNOWN_CA).error.message ==
        "server sent alert 48 (unknown ca)");
}

TEST_CASE("common failures are told in words") {
  CHECK(explain(Side::kServer, SSL_AD_REASON_OFFSET + 116).error.message ==
        "server sent alert 116 (certificate required): it wants a client certificate");
  CHECK(explain(Side::kServer, SSL_R_WRONG_VERSION_NUMBER).error.message ==
        "server does not speak TLS (wrong version number)");
  CHECK(explain(Side::kClient, SSL_R_HTTP_REQUEST).error.message ==
        "client sent plain HTTP instead of TLS");
  CHECK(explain(Side::kClient, SSL_R_BAD_EXTENSION).error.message ==
        "client broke the TLS protocol: bad extension");
}

TEST_CASE("a system error is told with its text") {
  const unsigned long code = ERR_SYSTEM_FLAG | static_cast<unsigned long>(ECONNRESET);
  CHECK(tls::explain_failure(Side::kServer, {&code, 1}).error.message ==
        "server connection failed: Connection reset by peer");
}

TEST_CASE("no codes mean that the peer closed the connection") {
  CHECK(tls::explain_failure(Side::kClient, {}).error.message ==
        "client closed the connection too early");
}

TEST_CASE("the alert is found behind other codes") {
  const unsigned long codes[] = {ERR_PACK(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH),
                                 ERR_PACK(ERR_LIB_SSL, 0, SSL_R_SSLV3_ALERT_BAD_CERTIFICATE)};
  CHECK(tls::explain_failure(Side::kClient, codes).alert == 42);
}
