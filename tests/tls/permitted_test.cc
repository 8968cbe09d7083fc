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

tls::Permitted through_a_certificate(const tls::Permitted& permitted) {
  const Identity identity = make_self_signed({});
  REQUIRE(tls::add_name_constraints(identity.certificate.get(), permitted));
  return tls::permitted_by(identity.certificate.get());
}

}  // namespace

TEST_CASE("domains, addresses and networks are understood, and told in the same words") {
  const std::vector<std::string> words{"example.com", "b.example", "192.0.2.1", "10.0.0.0/8",
                                       "2001:db8::/32"};
  const auto permitted = parse(words);
  REQUIRE(permitted);
  CHECK(tls::describe(*permitted) == words);
  CHECK(tls::describe(*parse({"10.1.2.3/8", ".Example.COM.", "[::1]"})) ==
        std::vector<std::string>{"example.com", "10.0.0.0/8", "::1"});
  CHECK(tls::describe(*parse({"b\xc3\xbc"
                              "cher.example"})) ==
        std::vector<std::string>{"xn--bcher-kva.example"});
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
  for (const std::string word : {"", ".", "a b", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "a/b"})
    CHECK_FALSE(hint(word).empty());
}

TEST_CASE("what is permitted covers all below it and nothing beside it") {
  const auto permitted = parse({"a.example", "10.0.0.0/8"}).value();
  for (const auto* host : {"a.example", "x.a.example", "*.a.example", "a.example.", "10.255.0.1"})
    CHECK(permitted.allows(host));
  for (const auto* host : {"example", "ba.example", "a.example.com", "11.0.0.1", "::1", ""})
    CHECK_FALSE(permitted.allows(host));
  CHECK(tls::Permitted{}.allows("anything"));
}

TEST_CASE("constraints come back from a certificate") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"a.example"}, {"10.0.0.0/8"}, {"a.example", "::1", "10.0.0.1"}}) {
    const auto permitted = parse(words).value();
    CHECK(through_a_certificate(permitted) == permitted);
  }
  CHECK(through_a_certificate({}).empty());
}

TEST_CASE(
    "what is not mentioned is excluded, for a constraint of one kind leaves the others free") {
  const Identity identity = make_self_signed({});
  REQUIRE(tls::add_name_constraints(identity.certificate.get(), parse({"10.0.0.0/8"}).value()));
  const std::string text = tls::certificate_text(identity.certificate.get());
  CHECK(text.find("Name Constraints: critical") != std::string::npos);
  CHECK(text.find("DNS:invalid") != std::string::npos);
  CHECK(text.find("IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0") != std::string::npos);
  CHECK(text.find("IP:0.0.0.0/0.0.0.0") == std::string::npos);
}
