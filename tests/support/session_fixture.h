#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/proxy/session.h"
#include "tests/support/peer.h"
#include "tests/support/record_lines.h"
#include "tests/support/run_loop.h"
#include "tests/tls/support/certificates.h"

namespace mitm::test {

/// One session on a loop of its own, for phases that a test chooses.
struct SessionFixture final : proxy::SessionOwner {
  explicit SessionFixture(const proxy::Settings& chosen = {}) : settings(chosen) {
    TcpPair pair;
    client.emplace(std::move(pair.theirs));
    session = std::make_unique<proxy::Session>(environment, *this, 7, std::move(pair.ours),
                                               proxy::Arrival{entrance, {"192.0.2.1", 1}});
    session->start();
  }
  void retire(proxy::Session& which) override {
    CHECK(&which == session.get());
    ++retired;
    loop->retire(std::move(session));
  }

  void on_settled(proxy::Session&) override { ++settled; }
  void on_unsettled(proxy::Session&) override { --settled; }

  std::unique_ptr<net::Loop> loop = make_loop();
  net::Resolver resolver{1};
  SystemClock clock;
  std::unique_ptr<tls::LeafMinter> minter = tls::LeafMinter::create(shared_ca()).value();
  tls::LeafCache leaves{*minter, clock};
  tls::ServerLeg server_leg =
      tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value();
  tls::ClientLeg client_leg = tls::ClientLeg::create({}).value();
  MemoryJournal journal;
  proxy::Settings settings;
  proxy::PinMemory pins{settings.pin_memory, clock, nullptr};
  net::OwnSockets own_sockets;
  std::vector<std::string> reports;
  proxy::Report report = [this](const flow::FlowError& error, const std::string& hint) {
    reports.push_back(error.kind + ": " + error.message + " / " + hint);
  };
  proxy::Environment environment{
      {settings, resolver, server_leg, client_leg, leaves, pins, own_sockets, report},
      *loop,
      journal};
  proxy::Entrance entrance;
  std::unique_ptr<proxy::Session> session;
  std::optional<Peer> client;
  int retired = 0;
  int settled = 0;

  std::vector<std::string> lines() { return record_lines(journal.records); }
};

}  // namespace mitm::test
