// Tells what certificates and handshakes cost, as JSON: microseconds of processor time, and MB.
//
//   bench_tls COUNT HOSTS

#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "tests/bench/tls/handshakes.h"
#include "tests/bench/tls/minting.h"

namespace {

using namespace mitm;
using tls::KeyType;

std::string format(const Result<bench::Handshakes>& costs) {
  const auto cost = [](const bench::HandshakeCost& c) {
    return fmt::format(R"({{"ours":{:.2f},"openssl":{:.2f}}})", c.ours * 1e6, c.openssl * 1e6);
  };
  return fmt::format(R"({{"first":{},"again":{},"resumed":{}}})", cost(costs->first),
                     cost(costs->again), cost(costs->resumed));
}

Status measure(int count, int hosts) {
  const auto ec = bench::mint(KeyType::kEc, KeyType::kEc, count);
  if (!ec) return std::unexpected(ec.error());
  const auto rsa = bench::mint(KeyType::kRsa, KeyType::kEc, count);
  if (!rsa) return std::unexpected(rsa.error());
  const auto by_rsa = bench::mint(KeyType::kEc, KeyType::kRsa, count / 10 + 1);
  if (!by_rsa) return std::unexpected(by_rsa.error());
  const auto cache = bench::flood_cache(hosts);
  if (!cache) return std::unexpected(cache.error());
  const auto accepting = bench::accept(count / 4 + 1);
  if (!accepting) return std::unexpected(accepting.error());
  const auto connecting = bench::connect(count / 4 + 1);
  if (!connecting) return std::unexpected(connecting.error());
  fmt::print(R"({{"mint_ec":{:.2f},"mint_rsa":{:.2f},"mint_by_rsa":{:.2f},"hit":{:.3f},)"
             R"("full_mb":{:.2f},"flooded_mb":{:.2f},"leaf_kb":{:.2f},)"
             R"("accept":{},"connect":{}}})"
             "\n",
             *ec * 1e6, *rsa * 1e6, *by_rsa * 1e6, cache->hit * 1e6, cache->full_mb,
             cache->flooded_mb, cache->leaf_kb, format(accepting), format(connecting));
  return {};
}

bool parse(std::string_view text, int& number) {
  return std::from_chars(text.begin(), text.end(), number).ec == std::errc() && number > 0;
}

}  // namespace

int main(int argc, char** argv) {
  int count = 0;
  int hosts = 0;
  if (argc != 3 || !parse(argv[1], count) || !parse(argv[2], hosts)) {
    fmt::print(stderr, "usage: bench_tls COUNT HOSTS\n");
    return 2;
  }
  if (const auto measured = measure(count, hosts); !measured) {
    fmt::print(stderr, "bench_tls: {}\n", measured.error().message);
    return 1;
  }
  return 0;
}
