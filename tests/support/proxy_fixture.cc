#include "tests/support/proxy_fixture.h"

#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "lib/net/address.h"
#include "tests/support/record_lines.h"
#include "tests/tls/support/certificates.h"

namespace mitm::test {
namespace {

using namespace std::chrono_literals;

class ToVault final : public flow::RecordConsumer {
 public:
  ToVault(Vault& vault, proxy::Counters& counters) : vault_(vault), counters_(counters) {}
  Status consume(const flow::Record& record) override {
    vault_.put(record);
    if (const auto* end = std::get_if<flow::FlowEnd>(&record.event)) counters_.count(*end);
    return {};
  }
  Status idle() override { return {}; }
  Status finish(const flow::Totals&) override { return {}; }

 private:
  Vault& vault_;
  proxy::Counters& counters_;
};

/// The CA that signs what origins present, which is not the proxy's.
const tls::CertificateAuthority& origin_ca() {
  static const auto ca = tls::CertificateAuthority::create({.name = "Origin CA"}, now()).value();
  return ca;
}

const tls::Leaf& origin_leaf() {
  static const tls::Leaf leaf = to_leaf(
      make_signed({.common_name = "origin", .names = {"127.0.0.1", "localhost"}}, origin_ca()));
  return leaf;
}

std::vector<std::unique_ptr<flow::RecordConsumer>> into(Vault& vault, proxy::Counters& counters) {
  std::vector<std::unique_ptr<flow::RecordConsumer>> consumers;
  consumers.push_back(std::make_unique<ToVault>(vault, counters));
  return consumers;
}

}  // namespace

void Vault::put(const flow::Record& record) {
  std::unique_lock lock(mutex_);
  opened_.wait(lock, [this] { return !shut_; });
  records_.push_back(record);
}

void Vault::shut() {
  const std::lock_guard lock(mutex_);
  shut_ = true;
}

void Vault::open() {
  {
    const std::lock_guard lock(mutex_);
    shut_ = false;
  }
  opened_.notify_all();
}

std::vector<flow::Record> Vault::peek() {
  const std::lock_guard lock(mutex_);
  return records_;
}

std::vector<flow::Record> Vault::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(records_, {});
}

struct ProxyFixture::Parts {
  Parts(const ProxyOptions& options, Vault& vault)
      : settings(options.settings),
        minter(tls::LeafMinter::create(shared_ca()).value()),
        leaves(*minter, clock),
        pins(settings.pin_memory, clock, nullptr),
        server_leg(
            tls::ServerLeg::create(
                trust_only((options.trust_origins ? origin_ca() : shared_ca()).certificate()),
                {.insecure = options.settings.insecure})
                .value()),
        client_leg(tls::ClientLeg::create({}).value()),
        outer_client(tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value()),
        outer_server(tls::ClientLeg::create({}).value()),
        recorder(into(vault, counters), {.on_drained = [this] { proxy->resume(); }, .on_error = {}},
                 {.high_mark = options.recorder_high_mark,
                  .wake_interval = 1ms,
                  .flush_interval = 5ms}) {
    const proxy::Shared shared{
        {settings, resolver, server_leg, client_leg, leaves, pins, own_sockets, report},
        clock,
        recorder,
        counters,
        places};
    if (options.places) places.limit_to({.descriptors = *options.places * 3, .each = 3});
    auto sockets = net::bind_listeners({"127.0.0.1", 0}, options.workers).value();
    endpoint = net::local_endpoint(sockets.front().get());
    own_sockets.add_listener(endpoint);
    proxy::Entrance entrance = options.entrance;
    entrance.listener = endpoint;
    std::vector<proxy::Gate> gates;
    gates.push_back({std::move(entrance), std::move(sockets)});
    proxy = proxy::Proxy::create(shared, std::move(gates)).value();
    proxy->start();
  }

  proxy::Settings settings;
  SystemClock clock;
  net::Resolver resolver{2};
  std::unique_ptr<tls::LeafMinter> minter;
  tls::LeafCache leaves;
  proxy::PinMemory pins;
  net::OwnSockets own_sockets{{.mark = {}, .remember = true}};
  mutable std::mutex mutex;
  std::vector<std::string> reports;  // guarded by mutex
  proxy::Report report = [this](const flow::FlowError& error, const std::string& hint) {
    const std::lock_guard lock(mutex);
    reports.push_back(error.kind + ": " + error.message + " / " + hint);
  };
  tls::ServerLeg server_leg;
  tls::ClientLeg client_leg;
  tls::ServerLeg outer_client;
  tls::ClientLeg outer_server;
  proxy::Counters counters;
  proxy::Places places;
  flow::Endpoint endpoint;
  std::unique_ptr<proxy::Proxy> proxy;
  flow::Recorder recorder;
};

ProxyFixture::ProxyFixture(const ProxyOptions& options)
    : parts_(std::make_unique<Parts>(options, vault)), endpoint_(parts_->endpoint) {}

ProxyFixture::~ProxyFixture() {
  vault.open();
  if (!stopped_) end(0s);
}

Peer ProxyFixture::tunnel(const std::string& authority) const {
  Peer client = connect();
  client.send("CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n");
  CHECK(client.read_head() == "HTTP/1.1 200 Connection established\r\n\r\n");
  return client;
}

bool ProxyFixture::client_handshake(Peer& client, const std::vector<std::string>& alpn) const {
  return client.start_tls(parts_->outer_client, {"localhost", alpn, "localhost"});
}

bool ProxyFixture::server_handshake(Peer& server, const std::string& alpn) const {
  return server.accept_tls(parts_->outer_server, origin_leaf(), alpn);
}

bool ProxyFixture::handshakes(Peer& client, Origin& origin, Peer& server,
                              const std::string& alpn) const {
  bool client_ok = false;
  std::thread thread([&] {
    client_ok =
        client_handshake(client, alpn.empty() ? std::vector<std::string>{} : std::vector{alpn});
  });
  server = origin.accept();
  const bool server_ok = server_handshake(server, alpn);
  thread.join();
  return client_ok && server_ok;
}

bool ProxyFixture::wait_for_flows(std::uint64_t flows) const {
  for (int i = 0; i < 3000; ++i) {
    if (parts_->counters.totals().seen >= flows) return true;
    std::this_thread::sleep_for(5ms);
  }
  return false;
}

void ProxyFixture::drain(std::chrono::milliseconds patience) {
  parts_->proxy->drain(patience);
  parts_->proxy->wait();
}

std::vector<std::string> ProxyFixture::reports() const {
  const std::lock_guard lock(parts_->mutex);
  return parts_->reports;
}

std::vector<flow::Record> ProxyFixture::stop() { return end(5s); }

std::vector<flow::Record> ProxyFixture::end(std::chrono::milliseconds patience) {
  stopped_ = true;
  drain(patience);
  CHECK(parts_->recorder.stop({}).has_value());
  const auto totals = parts_->counters.totals();
  auto records = vault.take();
  CHECK(disorder(records) == std::vector<std::string>{});
  std::set<flow::FlowId> flows;
  for (const auto& record : records) {
    if (record.flow != 0) flows.insert(record.flow);
  }
  CHECK(totals.seen == flows.size());
  return records;
}

std::vector<std::string> ProxyFixture::only_flow() {
  const auto records = stop();
  CHECK(parts_->counters.totals().seen == 1);
  return flow_lines(records, 1);
}

std::vector<std::string> ProxyFixture::all_lines() { return record_lines(stop()); }

}  // namespace mitm::test
