#include "lib/tls/key.h"

#include <openssl/evp.h>

#include <catch2/catch.hpp>

using namespace mitm::tls;

TEST_CASE("keys are of the type and size asked for") {
  const auto ec = generate_key(KeyType::kEc, 0);
  REQUIRE(ec);
  CHECK(EVP_PKEY_get_base_id(ec->get()) == EVP_PKEY_EC);
  CHECK(EVP_PKEY_get_bits(ec->get()) == 256);
  const auto rsa = generate_key(KeyType::kRsa, 2048);
  REQUIRE(rsa);
  CHECK(EVP_PKEY_get_base_id(rsa->get()) == EVP_PKEY_RSA);
  CHECK(EVP_PKEY_get_bits(rsa->get()) == 2048);
}

TEST_CASE("an impossible key size is an error") { CHECK_FALSE(generate_key(KeyType::kRsa, 16)); }
