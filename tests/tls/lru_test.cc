#include "lib/tls/lru.h"

#include <catch2/catch.hpp>

using mitm::tls::LruCache;

TEST_CASE("an LRU cache forgets what was not used for longest") {
  LruCache<int> cache(2);
  cache.insert("a", 1);
  cache.insert("b", 2);
  CHECK(cache.find("a") == 1);
  cache.insert("c", 3);
  CHECK(cache.size() == 2);
  CHECK_FALSE(cache.find("b"));
  CHECK(cache.find("a") == 1);
  CHECK(cache.find("c") == 3);
}

TEST_CASE("inserting again replaces and counts as use") {
  LruCache<int> cache(2);
  cache.insert("a", 1);
  cache.insert("b", 2);
  cache.insert("a", 10);
  CHECK(cache.size() == 2);
  cache.insert("c", 3);
  CHECK(cache.find("a") == 10);
  CHECK_FALSE(cache.find("b"));
}
