#include "lib/tls/minter.h"

#include <openssl/x509v3.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "lib/tls/names.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using std::chrono::days;
using Names = std::vector<std::string>;

namespace {

tls::LeafMinter& minter() {
  static const auto shared = tls::LeafMinter::create(shared_ca()).value();
  return *shared;
}

std::shared_ptr<const tls::Leaf> mint(const tls::LeafRequest& request) {
  return minter().mint(request, now()).value();
}

std::shared_ptr<const flow::CertificateChain> original(const CertificateSpec& spec) {
  return to_leaf(make_self_signed(spec)).chain();
}

bool is_critical(const X509* certificate, int nid) {
  const int at = X509_get_ext_by_NID(certificate, nid, -1);
  REQUIRE(at >= 0);
  return X509_EXTENSION_get_critical(X509_get_ext(certificate, at)) == 1;
}

}  // namespace

TEST_CASE("a leaf has exactly the extensions of the contract") {
  const auto leaf = mint({.host = "a.example"});
  X509* certificate = leaf->certificate();
  CHECK(X509_get_version(certificate) == X509_VERSION_3);
  CHECK(X509_check_ca(certificate) == 0);
  CHECK(is_critical(certificate, NID_basic_constraints));
  CHECK(X509_get_key_usage(certificate) == KU_DIGITAL_SIGNATURE);
  CHECK(is_critical(certificate, NID_key_usage));
  CHECK(X509_get_extended_key_usage(certificate) == XKU_SSL_SERVER);
  CHECK_FALSE(is_critical(certificate, NID_subject_alt_name));
  CHECK(X509_get_ext_count(certificate) == 6);
  CHECK(leaf->facts().issuer == shared_ca().facts().subject);
  CHECK(X509_verify(certificate, shared_ca().key()) == 1);
}

TEST_CASE("the authority key identifier is the CA's, the leaf's own differs") {
  const auto leaf = mint({.host = "a.example"});
  const auto* ca_id = X509_get0_subject_key_id(const_cast<X509*>(shared_ca().certificate()));
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf->certificate()), ca_id) == 0);
  CHECK(ASN1_OCTET_STRING_cmp(X509_get0_subject_key_id(leaf->certificate()), ca_id) != 0);
  CHECK(EVP_PKEY_eq(leaf->key(), shared_ca().key()) != 1);
}

TEST_CASE("serials are positive, random and short enough") {
  std::set<std::string> serials;
  for (int i = 0; i < 20; ++i) serials.insert(mint({.host = "a.example"})->facts().serial);
  CHECK(serials.size() == 20);
  CHECK(std::ranges::all_of(serials, [](const auto& s) { return s.size() == 32 && s < "8"; }));
}

TEST_CASE("a leaf lasts 197 days in all, two of them past") {
  const auto leaf = mint({.host = "a.example"});
  const auto span = leaf->facts().not_after - leaf->facts().not_before + std::chrono::seconds(1);
  CHECK(span == days(197));
  CHECK(now() - leaf->facts().not_before >= days(2));
}

TEST_CASE("a leaf neither begins before nor outlasts the CA") {
  const auto ca = tls::CertificateAuthority::create({.days = 5}, now()).value();
  const auto own = tls::LeafMinter::create(ca).value();
  const auto leaf = own->mint({.host = "a.example"}, now()).value();
  CHECK(leaf->facts().not_after == ca.facts().not_after);
  CHECK(leaf->facts().not_before >= ca.facts().not_before);
  const auto late = own->mint({.host = "a.example"}, now() + days(6));
  REQUIRE_FALSE(late);
  CHECK(late.error().message.starts_with("make certificate: the CA is valid from "));
}

TEST_CASE("names are the host, then those of the original, each once") {
  const auto real = original({.common_name = "cn.example",
                              .names = {"*.a.example", "A.example", "192.0.2.1", "2001:db8::1"}});
  const auto leaf = mint({.host = "a.example", .original = real});
  CHECK(leaf->facts().dns_names == Names{"a.example", "cn.example", "*.a.example"});
  CHECK(leaf->facts().ip_names == Names{"192.0.2.1", "2001:db8::1"});
  CHECK(leaf->facts().subject == "CN=cn.example");
}

TEST_CASE("further names come between the host and those of the original") {
  const auto leaf =
      mint({.host = "a.example",
            .original = original({.names = {"real.example", "192.0.2.1"}}),
            .besides = {"b.example", "a.example", "192.0.2.7", "192.0.2.1", "no name", ""}});
  CHECK(leaf->facts().dns_names == Names{"a.example", "b.example", "real.example"});
  CHECK(leaf->facts().ip_names == Names{"192.0.2.7", "192.0.2.1"});
}

TEST_CASE("names that the CA may not certify are left out, except for the host") {
  const auto ca = make_constrained_ca("critical,permitted;DNS:inside.example");
  const auto own = tls::LeafMinter::create(ca).value();
  const auto real = original({.common_name = "outside.example",
                              .names = {"outside.example", "*.inside.example", "192.0.2.1"}});
  const auto leaf =
      own->mint({.host = "a.inside.example", .original = real, .besides = {"b.outside.example"}},
                now())
          .value();
  CHECK(leaf->facts().dns_names == Names{"a.inside.example", "*.inside.example"});
  CHECK(leaf->facts().ip_names == Names{"192.0.2.1"});
  CHECK(leaf->facts().subject == "CN=a.inside.example");
  CHECK(own->mint({.host = "b.example"}, now()).value()->facts().dns_names == Names{"b.example"});
}

TEST_CASE("addresses become address names, never host names") {
  for (const auto& [host, ip] :
       {std::pair{"192.0.2.7", "192.0.2.7"}, std::pair{"[2001:db8::7]", "2001:db8::7"},
        std::pair{"fe80::1%eth0", "fe80::1"}}) {
    const auto leaf = mint({.host = host});
    CHECK(leaf->facts().ip_names == Names{ip});
    CHECK(leaf->facts().dns_names.empty());
  }
}

TEST_CASE("a common name that is no host name stays a common name") {
  const auto leaf =
      mint({.host = "a.example", .original = original({.common_name = "My Router \xc3\xbc"})});
  CHECK(leaf->facts().subject == "CN=My Router \xc3\xbc");
  CHECK(leaf->facts().dns_names == Names{"a.example"});
}

TEST_CASE("a host too long for a common name leaves the subject empty and the names critical") {
  const std::string host = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
  const auto leaf = mint({.host = host});
  CHECK(leaf->facts().subject.empty());
  CHECK(leaf->facts().dns_names == Names{host});
  CHECK(is_critical(leaf->certificate(), NID_subject_alt_name));
}

TEST_CASE("without a usable name nothing is minted") {
  CHECK(minter().mint({.host = "a b\n"}, now()).error().message ==
        "make certificate: 'a b?' is not a name that it could carry");
  CHECK_FALSE(minter().mint({}, now()));
}

TEST_CASE("the original's names are enough without a host") {
  const auto leaf = mint({.original = original({.names = {"real.example"}})});
  CHECK(leaf->facts().dns_names == Names{"real.example"});
}

TEST_CASE("a thousand names are cut, but the host stays") {
  CertificateSpec spec;
  for (int i = 0; i < 1000; ++i) spec.names.push_back("n" + std::to_string(i) + ".example");
  spec.names.resize(tls::NameSet::kMaxNames);
  const auto leaf = mint({.host = "host.example", .original = original(spec)});
  CHECK(leaf->facts().dns_names.size() == tls::NameSet::kMaxNames);
  CHECK(leaf->facts().dns_names.front() == "host.example");
}

TEST_CASE("RSA leaves share one RSA key and may encrypt with it") {
  const auto one = mint({.host = "a.example", .key = tls::KeyType::kRsa});
  const auto two = mint({.host = "b.example", .key = tls::KeyType::kRsa});
  CHECK(one->facts().key == "RSA 2048");
  CHECK(EVP_PKEY_eq(one->key(), two->key()) == 1);
  CHECK(X509_get_key_usage(one->certificate()) == (KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT));
}

TEST_CASE("an RSA CA signs leaves with EC keys") {
  const auto ca = tls::CertificateAuthority::create({.key = tls::KeyType::kRsa}, now()).value();
  const auto own = tls::LeafMinter::create(ca).value();
  const auto leaf = own->mint({.host = "a.example"}, now()).value();
  CHECK(X509_verify(leaf->certificate(), ca.key()) == 1);
  CHECK(leaf->facts().key == "EC P-256");
}

TEST_CASE(
    "what a constrained CA signs is presented with what leads to the certificate that is trusted") {
  const auto ca = tls::CertificateAuthority::create(permitting({"a.example"}), now()).value();
  const auto leaf = tls::LeafMinter::create(ca).value()->mint({.host = "a.example"}, now()).value();
  const auto& chain = leaf->chain()->certificates;
  REQUIRE(chain.size() == 2);
  CHECK(chain[0].issuer == chain[1].subject);
  CHECK(chain[1].issuer == ca.facts().subject);
  CHECK(mint({.host = "a.example"})->chain()->certificates.size() == 1);
}
