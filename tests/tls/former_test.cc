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
  CHECK(tls::load_former(dir.path())->empty());
  const auto old = made(now() - days(100));
  const auto young = made(now());
  REQUIRE(tls::keep_former(old, dir.path()));
  REQUIRE(tls::keep_former(young, dir.path()));
  const auto unfinished = dir / "former" / (young.facts.sha256 + ".pem.a1B2c3");
  REQUIRE(write_file_atomically(unfinished, "", 0600, IfExists::kFail));
  REQUIRE(tls::keep_former(young, dir.path()));
  CHECK_FALSE(std::filesystem::exists(unfinished));
  REQUIRE(write_file_atomically(dir / "former" / "x.pem", "no certificate", 0644, IfExists::kFail));
  const auto former = tls::load_former(dir.path()).value();
  REQUIRE(former.size() == 2);
  CHECK(former[0].facts == young.facts);
  CHECK(former[1].facts == old.facts);
  REQUIRE(tls::forget_former(old, dir.path()));
  REQUIRE(tls::forget_former(old, dir.path()));
  CHECK(tls::load_former(dir.path())->size() == 1);
}

TEST_CASE("what is to be trusted no more is kept apart") {
  const TempDir dir;
  const auto one = made(now());
  REQUIRE(tls::keep_former(one, dir.path(), tls::Standing::kWithdrawn));
  CHECK(tls::load_former(dir.path())->empty());
  CHECK(tls::load_former(dir.path(), tls::Standing::kWithdrawn)->size() == 1);
  REQUIRE(tls::forget_former(one, dir.path()));
  CHECK(tls::load_former(dir.path(), tls::Standing::kWithdrawn)->empty());
}

TEST_CASE("former CAs that others could have put there are not believed") {
  const TempDir dir;
  REQUIRE(tls::keep_former(made(now()), dir.path()));
  std::filesystem::permissions(dir / "former", std::filesystem::perms(0777));
  const auto open_folder = tls::load_former(dir.path());
  REQUIRE_FALSE(open_folder);
  CHECK(open_folder.error().hint == "chmod 700 " + (dir / "former").string());
  CHECK_FALSE(tls::keep_former(made(now()), dir.path()));
  std::filesystem::permissions(dir / "former", std::filesystem::perms(0700));
  for (const auto& file : std::filesystem::directory_iterator(dir / "former"))
    std::filesystem::permissions(file, std::filesystem::perms(0666));
  CHECK_FALSE(tls::load_former(dir.path()));
}
