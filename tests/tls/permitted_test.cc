#include "lib/tls/permitted.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

Result<tls::Permitted> parse(const std::vector<std::string>& words) {
  return tls::parse_permitted(words);
}

/// What a certificate with these constraints may sign.
tls::NameConstraints constraints(const std::vector<std::string>& words) {
  return tls::CertificateAuthority::create(permitting(words), now()).value().constraints();
}

}  // namespace

TEST_CASE("domains, addresses and networks are understood, and told in the same words") {
  CHECK(constraints({"example.com", "b.example", "192.0.2.1", "10.0.0.0/8", "2001:db8::/32"})
            .describe() == "example.com, b.example, 192.0.2.1, 10.0.0.0/8, 2001:db8::/32");
  CHECK(constraints({"10.1.2.3/8", ".Example.COM.", "[::1]"}).describe() ==
        "example.com, 10.0.0.0/8, ::1");
  CHECK(constraints({"b\xc3\xbc"
                     "cher.example"})
            .describe() == "xn--bcher-kva.example");
  CHECK(constraints({"10.0.0.0/8"}).describe() == "10.0.0.0/8");
  CHECK(constraints({"::ffff:10.0.0.0/104"}).describe() == "10.0.0.0/8");
}

TEST_CASE("what is no domain is refused with what was meant") {
  const auto hint = [](const std::string& word) {
    const auto refused = parse({word});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::kUsage);
    return refused.error().hint;
  };
  CHECK(hint("https://u:p@a.example:8443/x?y") == "name the host alone: --permit a.example");
  CHECK(hint("https://[::1]:8443/") == "name the host alone: --permit ::1");
  CHECK(hint("*.a.example") == "a domain means all below it as well: --permit a.example");
  CHECK(hint("*") == "a domain means all below it as well: --permit example.com");
  CHECK(hint("a.example:8443") == "a port has no place here: --permit a.example");
  for (const std::string word : {"", ".", "a b", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "a/b",
                                 "fe80::1%eth0", "10.0.0.1%x", "[10.0.0.1]"})
    CHECK_FALSE(hint(word).empty());
}

TEST_CASE("what is permitted covers all below it and nothing beside it") {
  const auto made = constraints({"a.example", "10.0.0.0/8"});
  for (const auto* host : {"a.example", "x.a.example", "*.a.example", "a.example.", "10.255.0.1"})
    CHECK(made.permit(host));
  for (const auto* host : {"example", "ba.example", "a.example.com", "11.0.0.1", "::1"})
    CHECK_FALSE(made.permit(host));
  CHECK_FALSE(constraints({"10.0.0.0/8"}).permit("a.example"));
  CHECK_FALSE(constraints({"a.example"}).permit("10.0.0.1"));
  CHECK(constraints({}).permit_all());
  CHECK(tls::encode_name_constraints({})->empty());
}

TEST_CASE("mailboxes and URIs are permitted where domains are") {
  const auto made = constraints({"a.example"});
  for (const auto* address : {"x@a.example", "x@b.A.example"}) CHECK(made.permit_email(address));
  for (const auto* address : {"x@ba.example", "x@b.example"})
    CHECK_FALSE(made.permit_email(address));
  CHECK_FALSE(constraints({"10.0.0.0/8"}).permit_email("x@a.example"));
  const auto ca = tls::CertificateAuthority::create(permitting({"a.example"}), now()).value();
  const std::string text = tls::certificate_text(ca.certificate());
  for (const auto* tree : {"URI:a.example\n", "URI:.a.example\n", "email:.a.example\n"})
    CHECK(text.contains(tree));
}

TEST_CASE("a CA for TLS alone says so") {
  const auto ca = tls::CertificateAuthority::create(
      {.key_purposes = tls::encode_tls_purposes().value()}, now());
  CHECK(tls::certificate_text(ca->certificate())
            .contains("TLS Web Server Authentication, TLS Web Client Authentication\n"));
}

TEST_CASE(
    "what is not mentioned is excluded, for a constraint of one kind leaves the others free") {
  const auto ca = tls::CertificateAuthority::create(permitting({"10.0.0.0/8"}), now()).value();
  const std::string text = tls::certificate_text(ca.certificate());
  CHECK(text.find("Name Constraints: critical") != std::string::npos);
  CHECK(text.find("DNS:invalid") != std::string::npos);
  CHECK(text.find("IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0") != std::string::npos);
  CHECK(text.find("IP:0.0.0.0/0.0.0.0") == std::string::npos);
}
