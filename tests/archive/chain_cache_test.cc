#include "lib/archive/chain_cache.h"

#include <catch2/catch.hpp>

#include "lib/archive/format.h"

using mitm::archive::ChainCache;

namespace {

ChainCache::Chain chain(const std::string& id, std::size_t size = 1) {
  return std::make_shared<const mitm::flow::CertificateChain>(
      mitm::flow::CertificateChain{.id = id, .certificates = {{.der = std::string(size, 'd')}}});
}

}  // namespace

TEST_CASE("the cache forgets the chain that was not used for longest") {
  ChainCache cache;
  for (std::size_t i = 0; i < mitm::archive::kRememberedChains; ++i) {
    cache.add(chain(std::to_string(i)));
  }
  CHECK(cache.use("0") != nullptr);
  cache.add(chain("new"));
  CHECK(cache.use("0") != nullptr);
  CHECK(cache.use("1") == nullptr);
  CHECK(cache.use("2") != nullptr);
}

TEST_CASE("the cache is bounded by size too, but for the last chain") {
  ChainCache cache;
  cache.add(chain("a", mitm::archive::kRememberedChainBytes / 2));
  cache.add(chain("b", mitm::archive::kRememberedChainBytes / 2));
  CHECK(cache.use("a") == nullptr);
  CHECK(cache.use("b") != nullptr);
  cache.add(chain("c", mitm::archive::kRememberedChainBytes * 2));
  CHECK(cache.use("b") == nullptr);
  CHECK(cache.use("c") != nullptr);
}

TEST_CASE("adding a chain again replaces it and counts it once") {
  ChainCache cache;
  for (int i = 0; i < 10; ++i) cache.add(chain("a", mitm::archive::kRememberedChainBytes / 3));
  cache.add(chain("b", mitm::archive::kRememberedChainBytes / 3));
  CHECK(cache.use("a") != nullptr);
  CHECK(cache.use("b") != nullptr);
}
