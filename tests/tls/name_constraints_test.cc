#include "lib/tls/name_constraints.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

tls::NameConstraints of_ca(const char* constraints) {
  return tls::NameConstraints(make_constrained_ca(constraints).certificate());
}

tls::NameConstraints of_damaged(const char* value) {
  const Identity identity = make_self_signed({.name_constraints = value});
  return tls::NameConstraints(identity.certificate.get());
}

}  // namespace

TEST_CASE("without constraints everything is permitted") {
  const tls::NameConstraints none(shared_ca().certificate());
  CHECK(none.permit("a.example"));
  CHECK(none.permit("192.0.2.1"));
  CHECK_FALSE(none.restrict_subjects());
}

TEST_CASE("a permitted tree is its name and all below it, in whatever case") {
  const auto constraints = of_ca("critical,permitted;DNS:Inside.example");
  CHECK(constraints.permit("inside.EXAMPLE"));
  CHECK(constraints.permit("a.b.inside.example"));
  CHECK(constraints.permit("*.inside.example"));
  CHECK_FALSE(constraints.permit("notinside.example"));
  CHECK_FALSE(constraints.permit("*.example"));
  CHECK_FALSE(constraints.permit("example"));
  CHECK(constraints.permit("192.0.2.1"));
  CHECK(constraints.permit("My Router"));
  CHECK_FALSE(constraints.restrict_subjects());
}

TEST_CASE("a tree with a dot in front is without its own name") {
  const auto constraints = of_ca("critical,permitted;DNS:.inside.example");
  CHECK(constraints.permit("a.inside.example"));
  CHECK_FALSE(constraints.permit("inside.example"));
}

TEST_CASE("of several trees one is enough, unless what is excluded covers the name") {
  const auto constraints = of_ca(
      "critical,permitted;DNS:a.example,permitted;DNS:b.example,excluded;DNS:secret.b.example");
  CHECK(constraints.permit("x.a.example"));
  CHECK(constraints.permit("x.b.example"));
  CHECK_FALSE(constraints.permit("secret.b.example"));
  CHECK_FALSE(constraints.permit("x.secret.b.example"));
  CHECK_FALSE(constraints.permit("*.b.example"));
  CHECK(constraints.permit("*.x.b.example"));
}

TEST_CASE("addresses are permitted by ranges of their own family") {
  const auto constraints = of_ca(
      "critical,permitted;IP:192.0.2.0/255.255.255.128,excluded;IP:192.0.2.7/255.255.255.255");
  CHECK(constraints.permit("192.0.2.1"));
  CHECK_FALSE(constraints.permit("192.0.2.7"));
  CHECK_FALSE(constraints.permit("192.0.2.128"));
  CHECK_FALSE(constraints.permit("2001:db8::1"));
  CHECK(constraints.permit("a.example"));
}

TEST_CASE("that there are constraints on subjects is told") {
  const CPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> constraints(NAME_CONSTRAINTS_new());
  GENERAL_SUBTREE* tree = GENERAL_SUBTREE_new();
  GENERAL_NAME_set0_value(tree->base, GEN_DIRNAME, X509_NAME_new());
  constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
  REQUIRE(sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, tree) == 1);
  const tls::X509Ptr ca(X509_new());
  REQUIRE(X509_add1_ext_i2d(ca.get(), NID_name_constraints, constraints.get(), 1, 0) == 1);
  CHECK(tls::NameConstraints(ca.get()).restrict_subjects());
  CHECK(tls::NameConstraints(ca.get()).permit("a.example"));
}

TEST_CASE("what one certificate on the path forbids is forbidden") {
  auto constraints = of_ca("critical,permitted;DNS:example");
  constraints.add(make_constrained_ca("critical,excluded;DNS:b.example").certificate());
  CHECK(constraints.permit("a.example"));
  CHECK_FALSE(constraints.permit("x.b.example"));
  CHECK_FALSE(constraints.permit("a.test"));
}

TEST_CASE("constraints are told as they are") {
  CHECK(tls::NameConstraints().describe().empty());
  CHECK(of_ca("critical,permitted;DNS:.corp").describe() ==
        ".corp, any IPv4 address, any IPv6 address");
  CHECK(of_ca("excluded;DNS:Secret.example,permitted;IP:10.0.0.0/255.0.0.0").describe() ==
        "any domain, 10.0.0.0/8, not secret.example");
}

TEST_CASE("a name that they permit is found") {
  CHECK(tls::NameConstraints().example() == "localhost");
  const auto as_init = [](const std::string& word) {
    return tls::CertificateAuthority::create(permitting({word}), now())->constraints().example();
  };
  CHECK(as_init("a.example") == "a.example");
  CHECK(as_init("127.0.0.0/8") == "127.0.0.1");
  CHECK(as_init("10.0.0.0/8") == "10.0.0.0");
  CHECK(of_ca("permitted;DNS:.corp,excluded;IP:0.0.0.0/0.0.0.0").example() == "localhost.corp");
  CHECK(of_ca("permitted;DNS:invalid.,excluded;DNS:localhost").example() == "127.0.0.1");
}

TEST_CASE("mailboxes are judged by themselves, their host or its domain") {
  const auto constraints =
      of_ca("permitted;email:a.example,permitted;email:.b.example,permitted;email:Ann@C.example");
  for (const auto* address : {"x@A.example", "x@y.b.example", "Ann@c.example"})
    CHECK(constraints.permit_email(address));
  for (const auto* address : {"x@y.a.example", "x@b.example", "ann@c.example"})
    CHECK_FALSE(constraints.permit_email(address));
  CHECK(of_ca("permitted;DNS:a.example").permit_email("x@b.example"));
}

TEST_CASE("a common name that could be a host's is judged as one, also when it is an address") {
  const auto constraints = of_ca("permitted;DNS:a.example");
  CHECK(constraints.permit_common_name("X.a.example"));
  CHECK(constraints.permit_common_name("My Router"));
  for (const auto* name : {"127.0.0.1", "b.example", "1.2.3"})
    CHECK_FALSE(constraints.permit_common_name(name));
  CHECK(of_ca("excluded;DNS:b.example").permit_common_name("127.0.0.1"));
}

TEST_CASE("damaged constraints permit nothing") {
  const auto constraints = of_damaged("DER:0500");
  CHECK_FALSE(constraints.permit("a.example"));
  CHECK_FALSE(constraints.permit_all());
}

namespace {

/// A tree below a.example, or the network of `ip`.
tls::NameConstraints with_subtree(long minimum, long maximum, ByteView ip = {}) {
  const CPtr<NAME_CONSTRAINTS, NAME_CONSTRAINTS_free> constraints(NAME_CONSTRAINTS_new());
  GENERAL_SUBTREE* tree = GENERAL_SUBTREE_new();
  const Bytes base = ip.empty() ? Bytes("a.example") : Bytes(ip);
  ASN1_STRING* text = ASN1_STRING_type_new(ip.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  REQUIRE(ASN1_STRING_set(text, base.data(), static_cast<int>(base.size())) == 1);
  GENERAL_NAME_set0_value(tree->base, ip.empty() ? GEN_DNS : GEN_IPADD, text);
  if (minimum >= 0) {
    tree->minimum = ASN1_INTEGER_new();
    REQUIRE(ASN1_INTEGER_set(tree->minimum, minimum) == 1);
  }
  if (maximum >= 0) {
    tree->maximum = ASN1_INTEGER_new();
    REQUIRE(ASN1_INTEGER_set(tree->maximum, maximum) == 1);
  }
  constraints->permittedSubtrees = sk_GENERAL_SUBTREE_new_null();
  REQUIRE(sk_GENERAL_SUBTREE_push(constraints->permittedSubtrees, tree) == 1);
  const tls::X509Ptr ca(X509_new());
  REQUIRE(X509_add1_ext_i2d(ca.get(), NID_name_constraints, constraints.get(), 1, 0) == 1);
  return tls::NameConstraints(ca.get());
}

}  // namespace

TEST_CASE("subtrees with a depth permit nothing, for verifiers need not understand them") {
  CHECK(with_subtree(-1, -1).permit("a.example"));
  CHECK(with_subtree(0, -1).permit("a.example"));
  for (const auto& [minimum, maximum] : {std::pair{1, -1}, std::pair{0, 0}, std::pair{-1, 2}}) {
    const auto constraints = with_subtree(minimum, maximum);
    CHECK_FALSE(constraints.permit("a.example"));
    CHECK_FALSE(constraints.permit_email("x@a.example"));
    CHECK_FALSE(constraints.permit_common_name("a.example"));
    CHECK(constraints.describe().starts_with("nothing, for its nameConstraints limit how deep"));
  }
}

TEST_CASE("networks whose mask is no prefix permit nothing") {
  CHECK(with_subtree(-1, -1, ByteView("\x0a\0\0\0\xff\xf0\0\0", 8)).permit("10.0.0.1"));
  CHECK(with_subtree(-1, -1, Bytes(32, '\0')).objection().empty());
  for (const ByteView mask : {ByteView("\xff\0\xff\0", 4), ByteView("\0\xff\0\0", 4),
                              ByteView("\xf7\0\0\0", 4), ByteView("\xf0\x80\0\0", 4)}) {
    const auto constraints = with_subtree(-1, -1, Bytes("\x0a\0\0\0", 4) + Bytes(mask));
    CHECK_FALSE(constraints.permit("10.0.0.1"));
    CHECK(constraints.objection() == "have a mask with holes, which some clients refuse");
  }
  CHECK_FALSE(with_subtree(-1, -1, ByteView("\x0a\0\0\0", 4)).objection().empty());
}
