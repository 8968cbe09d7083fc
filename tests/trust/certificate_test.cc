#include "lib/trust/certificate.h"

#include <catch2/catch.hpp>

using namespace mitm;

TEST_CASE("certificates are called by the beginning of their fingerprints") {
  CHECK(trust::store_name("0123456789abcdef0123456789abcdef") == "mitmkit-0123456789ab");
  CHECK(trust::store_name(flow::Certificate{.sha256 = "fedcba9876543210"}) ==
        "mitmkit-fedcba987654");
}
