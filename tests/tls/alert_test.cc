#include "lib/tls/alert.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <catch2/catch.hpp>

using namespace mitm::tls;

TEST_CASE("alerts have their registered names") {
  CHECK(alert_name(48) == "unknown ca");
  CHECK(alert_name(116) == "certificate required");
  CHECK(alert_name(200) == "alert 200");
}

TEST_CASE("only alerts about our certificate count as refusing it") {
  CHECK(refuses_certificate(42));
  CHECK(refuses_certificate(48));
  CHECK_FALSE(refuses_certificate(40));
  CHECK_FALSE(refuses_certificate(44));
  CHECK_FALSE(refuses_certificate(121));
}

TEST_CASE("an error code tells the alert that was received") {
  CHECK(received_alert(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_TLSV1_ALERT_UNKNOWN_CA)) == 48);
  CHECK_FALSE(received_alert(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_WRONG_VERSION_NUMBER)));
  CHECK_FALSE(received_alert(ERR_PACK(ERR_LIB_X509, 0, SSL_R_TLSV1_ALERT_UNKNOWN_CA)));
}
