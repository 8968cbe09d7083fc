#include "lib/tls/former.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using std::chrono::days;

namespace {

tls::CaCertificate made(Time when) {
  const auto ca = tls::CertificateAuthority::create({}, when).value();
  return tls::ca_certificate_from_pem(ca.certificate_pem().value(), "x").value();
}

}  // namespace

TEST_CASE("former CAs are kept, the youngest first, and forgotten") {
  const TempDir dir;
  CHECK(tls::load_former(dir.path()).empty());
  const auto old = made(now() - days(100));
  const auto young = made(now());
  REQUIRE(tls::keep_former(old, dir.path()));
  REQUIRE(tls::keep_former(young, dir.path()));
  REQUIRE(tls::keep_former(young, dir.path()));
  REQUIRE(write_file_atomically(dir / "former" / "x.pem", "no certificate", 0644, IfExists::kFail));
  const auto former = tls::load_former(dir.path());
  REQUIRE(former.size() == 2);
  CHECK(former[0].facts == young.facts);
  CHECK(former[1].facts == old.facts);
  REQUIRE(tls::forget_former(old, dir.path()));
  REQUIRE(tls::forget_former(old, dir.path()));
  CHECK(tls::load_former(dir.path()).size() == 1);
}
