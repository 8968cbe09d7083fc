#include "lib/proxy/tls_policy.h"

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::proxy;

namespace {

Whereabouts to(std::string host) {
  return {.sni = {}, .host = std::move(host), .address = {}, .port = 443};
}

HostPattern pattern(std::string_view text) { return HostPattern::parse(text).value(); }

std::shared_ptr<const tls::Leaf> identity() {
  return std::make_shared<const tls::Leaf>(test::to_leaf(test::make_self_signed({})));
}

}  // namespace

TEST_CASE("all is opened unless somebody says otherwise") {
  CHECK_FALSE(TlsPolicy().passes(to("a")));
}

TEST_CASE("hosts are passed by name, or because others are named") {
  TlsPolicy policy;
  policy.pass.push_back(pattern("bank.example"));
  CHECK(policy.passes(to("bank.example")));
  CHECK_FALSE(policy.passes(to("shop.example")));
  policy.only.push_back(pattern("*.example"));
  CHECK(policy.passes(to("bank.example")));
  CHECK_FALSE(policy.passes(to("shop.example")));
  CHECK(policy.passes(to("elsewhere.test")));
}

TEST_CASE("what the CA may not sign is passed, unless there is another certificate for it") {
  TlsPolicy policy;
  policy.signable = tls::CertificateAuthority::create(test::permitting({"a.example"}), test::now())
                        .value()
                        .constraints();
  CHECK_FALSE(policy.passes(to("X.a.example")));
  CHECK(policy.passes(to("b.example")));
  CHECK(policy.passes({.sni = "b.example", .host = "a.example", .address = {}, .port = 443}));
  CHECK(policy.passes(to("192.0.2.1")));
  policy.towards_clients.add(pattern("b.example"), identity());
  CHECK_FALSE(policy.passes(to("b.example")));
}

TEST_CASE("a CA that somebody else constrained is taken at its word") {
  TlsPolicy policy;
  policy.signable = test::make_constrained_ca("critical,permitted;DNS:.corp").constraints();
  CHECK_FALSE(policy.passes(to("a.corp")));
  CHECK_FALSE(policy.passes(to("192.0.2.1")));
  CHECK(policy.passes(to("corp")));
  CHECK(policy.passes(to("b.example")));
}

TEST_CASE("of several certificates the first that fits is taken") {
  Identities identities;
  CHECK(identities.find(to("a")) == nullptr);
  const auto first = identity();
  const auto second = identity();
  identities.add(pattern("a"), first);
  identities.add(std::nullopt, second);
  CHECK(identities.find(to("a")) == first);
  CHECK(identities.find(to("b")) == second);
}
