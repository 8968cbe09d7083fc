#include "lib/tls/issue.h"

#include <openssl/x509v3.h>

#include <catch2/catch.hpp>

#include "lib/tls/x509_facts.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
using Names = std::vector<std::string>;
using std::chrono::days;

namespace {

Result<tls::Leaf> issue(const tls::IssueOptions& options) {
  return tls::issue(shared_ca(), options, now());
}

Error refusal(const std::string& name) {
  const auto leaf = issue({.names = {name}});
  REQUIRE_FALSE(leaf);
  CHECK(leaf.error().code == Code::kUsage);
  return leaf.error();
}

}  // namespace

TEST_CASE("a server's certificate has every name in its form") {
  const auto leaf = issue({.names = {"A.example", "*.b.example", "192.0.2.1", "[::1]",
                                     "b\xc3\xbc"
                                     "cher.example"}});
  REQUIRE(leaf);
  CHECK(leaf->facts().subject == "CN=a.example,O=mitmkit");
  CHECK(leaf->facts().dns_names == Names{"a.example", "*.b.example", "xn--bcher-kva.example"});
  CHECK(leaf->facts().ip_names == Names{"192.0.2.1", "::1"});
  CHECK(X509_get_extended_key_usage(leaf->certificate()) == XKU_SSL_SERVER);
  CHECK(X509_verify(leaf->certificate(), shared_ca().key()) == 1);
}

TEST_CASE("a client's certificate may name people") {
  const auto leaf = issue({.names = {"ann@a.example", "Ann B", "a.example"}, .client = true});
  REQUIRE(leaf);
  CHECK(leaf->facts().subject == "CN=ann@a.example,O=mitmkit");
  CHECK(leaf->facts().dns_names == Names{"a.example"});
  CHECK((X509_get_extended_key_usage(leaf->certificate()) & XKU_SSL_CLIENT) != 0);
  CHECK(tls::certificate_text(leaf->certificate()).find("email:ann@a.example") !=
        std::string::npos);
  CHECK_FALSE(issue({.names = {"a/b"}, .client = true}));
}

TEST_CASE("names that no certificate can carry are refused with what is wrong") {
  CHECK(refusal("").message == "'' is not a name that a certificate could carry");
  CHECK(refusal("https://a.example/").hint == "name the host alone, without https://");
  CHECK(refusal("a.example:443").hint == "a port has no place in a certificate");
  CHECK(refusal("a.*.example").hint == "a wildcard stands alone in front: *.example.com");
  CHECK(refusal("10.0.0.0/8").hint == "name hosts, not networks or paths");
  CHECK(refusal(std::string(300, 'x')).hint == "a host name has at most 253 characters");
  CHECK(refusal("a b").message.starts_with("'a b'"));
  CHECK(refusal("1.2.3").hint.find("192.0.2.1") != std::string::npos);
}

TEST_CASE("it lasts as long as asked for, but not longer than the CA") {
  const auto leaf = issue({.names = {"a.example"}, .days = 10});
  CHECK(leaf->facts().not_after - now() <= days(10));
  CHECK(leaf->facts().not_after - now() > days(10) - std::chrono::minutes(1));
  CHECK(issue({.names = {"a.example"}, .days = 30'000})->facts().not_after ==
        shared_ca().not_after());
}

TEST_CASE("a constrained CA signs nothing that clients would refuse") {
  const auto ca = tls::CertificateAuthority::create(permitting({"a.example"}), now()).value();
  CHECK(tls::issue(ca, {.names = {"x.a.example"}}, now()));
  const auto leaf = tls::issue(ca, {.names = {"a.example", "10.0.0.1"}}, now());
  REQUIRE_FALSE(leaf);
  CHECK(leaf.error().message == "the CA may not sign '10.0.0.1', clients would refuse it");
  CHECK(leaf.error().hint.ends_with("a.example"));
}

TEST_CASE("whoever's constraints they are, they are obeyed") {
  const auto ca = make_constrained_ca("critical,permitted;DNS:.corp,permitted;email:.corp");
  CHECK(tls::issue(ca, {.names = {"a.corp"}}, now()));
  const auto leaf = tls::issue(ca, {.names = {"corp"}}, now());
  REQUIRE_FALSE(leaf);
  CHECK(leaf.error().hint == "it is for: .corp, any IPv4 address, any IPv6 address");
  CHECK(tls::issue(ca, {.names = {"ann@x.corp"}, .client = true}, now()));
  CHECK_FALSE(tls::issue(ca, {.names = {"ann@x.test"}, .client = true}, now()));
}

TEST_CASE("RSA can be asked for") {
  CHECK(issue({.names = {"a.example"}, .key = tls::KeyType::kRsa})->facts().key == "RSA 2048");
}
