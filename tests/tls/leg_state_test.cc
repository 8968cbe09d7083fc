#include "lib/tls/leg_state.h"

#include <catch2/catch.hpp>

using namespace mitm;

TEST_CASE("the state lives as long as its SSL") {
  const tls::SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  tls::SslPtr ssl(SSL_new(context.get()));
  CHECK(tls::leg_state(ssl.get()) == nullptr);
  const auto presented = std::make_shared<const flow::CertificateChain>();
  auto state = std::make_unique<tls::LegState>();
  state->presented = presented;
  REQUIRE(tls::attach_state(ssl.get(), std::move(state)));
  CHECK(tls::leg_state(ssl.get())->presented == presented);
  CHECK(presented.use_count() == 2);
  ssl.reset();
  CHECK(presented.use_count() == 1);
}
