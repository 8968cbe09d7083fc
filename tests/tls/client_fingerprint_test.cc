#include "lib/tls/client_fingerprint.h"

#include <catch2/catch.hpp>

using mitm::tls::ja3;
using mitm::tls::ja4;

// The examples are those of the two descriptions.

TEST_CASE("JA3 is the MD5 of its text") {
  CHECK(ja3("769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0") ==
        "ada70206e40642a3e4461f35503241d5");
  CHECK(ja3("769,4-5-10-9-100-98-3-6-19-18-99,,,") == "de350869b8c85de67a350c8d186f11e6");
}

TEST_CASE("JA4 has the beginnings of two SHA-256") {
  const std::string ciphers =
      "002f,0035,009c,009d,1301,1302,1303,c013,c014,c02b,c02c,c02f,c030,cca8,cca9";
  const std::string extensions =
      "0005,000a,000b,000d,0012,0015,0017,001b,0023,002b,002d,0033,4469,ff01";
  CHECK(ja4("t13d1516h2", ciphers, extensions + "_0403,0804,0401,0503,0805,0501,0806,0601") ==
        "t13d1516h2_8daaf6152771_e5627efa2ab1");
  CHECK(ja4("t13d1516h2", ciphers, extensions) == "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

TEST_CASE("an empty list of JA4 is zeros") {
  CHECK(ja4("t10i000000", "", "") == "t10i000000_000000000000_000000000000");
}
