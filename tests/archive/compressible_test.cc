#include "lib/archive/compressible.h"

#include <catch2/catch.hpp>

#include <random>

#include "tests/archive/recording.h"

using namespace mitm;
using archive::is_compressible;

namespace {

Bytes noise(std::size_t size, unsigned seed = 1) {
  return std::get<flow::BodyChunk>(test::noise(size, seed).event).data;
}

Bytes text(std::size_t size) { return std::get<flow::BodyChunk>(test::text(size).event).data; }

/// Octets of which only `bits` vary.
Bytes noise_of(unsigned bits, std::size_t size) {
  Bytes octets = noise(size);
  for (char& octet : octets)
    octet = static_cast<char>(static_cast<unsigned char>(octet) >> (8 - bits));
  return octets;
}

}  // namespace

TEST_CASE("random octets are not compressible, however many") {
  for (const std::size_t size : {1024U, 2000U, 4096U, 4097U, 65'536U, 1'000'000U}) {
    for (unsigned seed = 0; seed < 100; ++seed) {
      CAPTURE(size, seed);
      REQUIRE_FALSE(is_compressible(noise(size, seed)));
    }
  }
}

TEST_CASE("text, base64 and seven-bit octets are compressible") {
  CHECK(is_compressible(text(100'000)));
  CHECK(is_compressible(noise_of(6, 100'000)));
  CHECK(is_compressible(noise_of(7, 100'000)));
  CHECK(is_compressible(Bytes(100'000, '\0')));
}

TEST_CASE("a head before an image does not make it compressible, a third of text does") {
  const Bytes image = noise(100'000);
  CHECK_FALSE(is_compressible(text(500) + image));
  CHECK(is_compressible(image + text(50'000)));
}

TEST_CASE("of very little nothing can be told") {
  CHECK(is_compressible({}));
  CHECK(is_compressible(noise(1023)));
}
