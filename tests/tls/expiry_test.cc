#include "lib/tls/expiry.h"

#include <catch2/catch.hpp>

using namespace mitm;
using std::chrono::days;

namespace {

const Time kEnd = std::chrono::sys_days(std::chrono::year(2030) / 5 / 1);

}  // namespace

TEST_CASE("a CA that ends in more than 30 days is no news") {
  CHECK_FALSE(tls::expiry_warning({{}, kEnd, {}}, kEnd - days(31), "/h"));
}

TEST_CASE("from 30 days before its end on people are told, with the command that helps") {
  const auto warning = tls::expiry_warning({{}, kEnd, {}}, kEnd - days(30), "/h");
  REQUIRE(warning);
  CHECK(warning->message == "the CA expires on 2030-05-01T00:00:00Z, in 30 days");
  CHECK(warning->hint.ends_with("mitm-ca --home /h rotate"));
  CHECK(tls::expiry_warning({{}, kEnd, {}}, kEnd - days(1), "/h")->message.ends_with(", in 1 day"));
  CHECK(tls::expiry_warning({{}, kEnd, {}}, kEnd + days(1), "/h")->message ==
        "the CA expired on 2030-05-01T00:00:00Z");
}

TEST_CASE("the end of an issuer, or of what it issued, is told as such") {
  CHECK(tls::expiry_warning({{}, kEnd, "CN=Sub"}, kEnd - days(2), "/h")->message ==
        "the CA's certificate 'CN=Sub' expires on 2030-05-01T00:00:00Z, in 2 days");
}
