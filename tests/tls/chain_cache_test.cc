#include "lib/tls/chain_cache.h"

#include <catch2/catch.hpp>

#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

TEST_CASE("a chain is examined once and shared") {
  tls::ChainCache cache;
  const Identity one = make_self_signed({.common_name = "one"});
  const Identity two = make_self_signed({.common_name = "two"});
  const auto first = cache.get({one.certificate.get()});
  CHECK(first->certificates.front().subject == "CN=one");
  CHECK(cache.get({one.certificate.get()}) == first);
  const auto longer = cache.get({one.certificate.get(), two.certificate.get()});
  CHECK(longer != first);
  CHECK(longer->certificates.size() == 2);
  CHECK(longer->id != first->id);
}
