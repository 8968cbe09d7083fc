#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "lib/net/resolver.h"
#include "lib/replay/outgoing.h"
#include "lib/tls/leg.h"
#include "tests/support/peer.h"
#include "tests/support/run_loop.h"
#include "tests/tls/support/certificates.h"

/// What the tests of everything that sends share.
namespace mitm::test {

/// Trusts the shared CA of the tests.
inline tls::ServerLeg trusting_leg(bool insecure = false) {
  return tls::ServerLeg::create(trust_only(shared_ca().certificate()), {.insecure = insecure})
      .value();
}

/// Plays the other end on a thread of its own; joined with it.
class Play {
 public:
  explicit Play(std::function<void()> part) : thread_(std::move(part)) {}

 private:
  std::jthread thread_;
};

inline replay::Outgoing get_request(std::uint16_t port, bool tls = false,
                                    std::string host = "127.0.0.1") {
  return {.destination = {tls, {std::move(host), port}},
          .method = "GET",
          .head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
          .keep_alive = true};
}

inline constexpr auto kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

}  // namespace mitm::test
