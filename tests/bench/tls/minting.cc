#include "tests/bench/tls/minting.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>

#include "lib/tls/leaf_cache.h"
#include "lib/tls/minter.h"
#include "tests/bench/processor_time.h"

namespace mitm::bench {
namespace {

double resident_mb() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return static_cast<double>(resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) / 1e6;
}

/// A CA, what mints with it, and a certificate that could be a server's.
struct Mint {
  SystemClock clock;
  tls::CertificateAuthority ca;
  std::unique_ptr<tls::LeafMinter> minter = {};
  std::shared_ptr<const flow::CertificateChain> original = {};

  static Result<std::unique_ptr<Mint>> open(tls::KeyType key) {
    auto ca = tls::CertificateAuthority::create({.key = key}, SystemClock().now());
    if (!ca) return std::unexpected(std::move(ca).error());
    auto mint = std::unique_ptr<Mint>(new Mint{.clock = {}, .ca = *std::move(ca)});
    auto minter = tls::LeafMinter::create(mint->ca);
    if (!minter) return std::unexpected(std::move(minter).error());
    mint->minter = *std::move(minter);
    // Names add up: each certificate is the original of the next.
    for (const char* name :
         {"shop.example", "www.shop.example", "*.cdn.shop.example", "192.0.2.1"}) {
      const auto leaf =
          mint->minter->mint({.host = name, .original = mint->original}, mint->clock.now());
      if (!leaf) return std::unexpected(leaf.error());
      mint->original = (*leaf)->chain();
    }
    return mint;
  }

  [[nodiscard]] tls::LeafRequest request(int host, tls::KeyType key) const {
    return {.host = fmt::format("h{}.shop.example", host), .original = original, .key = key};
  }
};

}  // namespace

Result<double> mint(tls::KeyType leaf, tls::KeyType ca, int count) {
  const auto mint = Mint::open(ca);
  if (!mint) return std::unexpected(mint.error());
  // The first RSA leaf makes the key.
  const auto first = (*mint)->minter->mint((*mint)->request(0, leaf), (*mint)->clock.now());
  if (!first) return std::unexpected(first.error());
  const double before = processor_time();
  for (int i = 1; i <= count; ++i) {
    const auto made = (*mint)->minter->mint((*mint)->request(i, leaf), (*mint)->clock.now());
    if (!made) return std::unexpected(made.error());
  }
  return (processor_time() - before) / count;
}

Result<CacheCost> flood_cache(int hosts) {
  constexpr int kHits = 100'000;
  const auto mint = Mint::open(tls::KeyType::kEc);
  if (!mint) return std::unexpected(mint.error());
  tls::LeafCache cache(*(*mint)->minter, (*mint)->clock);
  const auto bound = static_cast<int>(tls::LeafCache::kDefaultBound);
  const auto visit = [&](int from, int to) -> Status {
    for (int host = from; host < to; ++host) {
      const auto leaf = cache.get((*mint)->request(host, tls::KeyType::kEc));
      if (!leaf) return std::unexpected(leaf.error());
    }
    return {};
  };
  CacheCost cost;
  const double empty = resident_mb();
  MITM_TRY(visit(0, bound));
  cost.full_mb = resident_mb();
  cost.leaf_kb = (cost.full_mb - empty) * 1e3 / bound;
  MITM_TRY(visit(bound, hosts));
  cost.flooded_mb = resident_mb();
  const auto request = (*mint)->request(hosts - 1, tls::KeyType::kEc);
  const double before = processor_time();
  for (int i = 0; i < kHits; ++i) {
    if (const auto leaf = cache.get(request); !leaf) return std::unexpected(leaf.error());
  }
  cost.hit = (processor_time() - before) / kHits;
  return cost;
}

}  // namespace mitm::bench
