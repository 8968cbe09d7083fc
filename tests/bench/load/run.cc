#include "tests/bench/load/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <optional>
#include <thread>

#include "tests/bench/load/connection.h"

namespace mitm::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// What the threads share.
struct Shared {
  Clock::time_point start = Clock::now();
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> failed{false};
};

/// One connection's share of a plan.
class Client {
 public:
  Client(const Plan& plan, SSL_CTX* tls, Shared& shared, unsigned index)
      : plan_(plan), tls_(tls), shared_(shared), index_(index) {}

  void run() {
    for (std::uint64_t turn = 0; !shared_.failed; ++turn) {
      const auto due = wait_for_turn(turn);
      if (due - shared_.start >= plan_.seconds) break;
      const std::uint64_t number = shared_.next++;
      if (number >= plan_.requests) break;
      if (Status done = request(number); !done) {
        error = std::move(done).error();
        shared_.failed = true;
        return;
      }
      outcome.latencies.push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - due).count());
    }
  }

  Outcome outcome;
  std::optional<Error> error;

 private:
  /// When request `turn` of this connection is due; now, without a rate.
  Clock::time_point wait_for_turn(std::uint64_t turn) const {
    if (plan_.rate <= 0) return Clock::now();
    const double place = static_cast<double>(turn) * plan_.connections + index_;
    const auto due =
        shared_.start + std::chrono::duration_cast<Clock::duration>(Seconds(place / plan_.rate));
    std::this_thread::sleep_until(due);
    return due;
  }

  Status request(std::uint64_t number) {
    if (!connection_) {
      auto opened = Connection::open(plan_, tls_);
      if (!opened) return std::unexpected(std::move(opened).error());
      connection_.emplace(*std::move(opened));
    }
    const auto bytes = connection_->exchange(number);
    if (!bytes) return std::unexpected(bytes.error());
    if (plan_.fresh) connection_.reset();
    ++outcome.requests;
    outcome.bytes += *bytes;
    return {};
  }

  const Plan& plan_;
  SSL_CTX* tls_;
  Shared& shared_;
  unsigned index_;
  std::optional<Connection> connection_;
};

double percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

}  // namespace

Tls make_tls() {
  Tls tls(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(tls.get(), SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_session_cache_mode(tls.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(tls.get(), SSL_MODE_AUTO_RETRY);
  return tls;
}

Result<Outcome> run(const Plan& plan) {
  const Tls tls = make_tls();
  Shared shared;
  std::vector<std::unique_ptr<Client>> clients;
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < plan.connections; ++i) {
    clients.push_back(std::make_unique<Client>(plan, tls.get(), shared, i));
  }
  for (auto& client : clients) threads.emplace_back([&client] { client->run(); });
  threads.clear();
  Outcome all{.seconds = Seconds(Clock::now() - shared.start).count()};
  for (auto& client : clients) {
    if (client->error) return std::unexpected(*std::move(client->error));
    all.requests += client->outcome.requests;
    all.bytes += client->outcome.bytes;
    all.latencies.insert(all.latencies.end(), client->outcome.latencies.begin(),
                         client->outcome.latencies.end());
  }
  std::ranges::sort(all.latencies);
  return all;
}

Status hold(const Plan& plan) {
  const Tls tls = make_tls();
  std::vector<Connection> connections;
  for (unsigned i = 0; i < *plan.idle; ++i) {
    auto opened = Connection::open(plan, tls.get());
    if (!opened) return std::unexpected(std::move(opened).error());
    const auto bytes = opened->exchange(i);
    if (!bytes) return std::unexpected(bytes.error());
    connections.push_back(*std::move(opened));
  }
  fmt::print("ready\n");
  std::fflush(stdout);
  char octet = 0;
  while (::read(STDIN_FILENO, &octet, 1) > 0) {
  }
  return {};
}

std::string to_json(const Outcome& outcome) {
  return fmt::format(
      R"({{"requests":{},"bytes":{},"seconds":{:.6f},"p50":{:.1f},"p90":{:.1f},"p99":{:.1f}}})",
      outcome.requests, outcome.bytes, outcome.seconds, percentile(outcome.latencies, 0.5),
      percentile(outcome.latencies, 0.9), percentile(outcome.latencies, 0.99));
}

}  // namespace mitm::bench
