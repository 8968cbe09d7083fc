#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "lib/proxy/proxy.h"
#include "tests/support/peer.h"

/// A whole proxy in this process, with a recorder that keeps everything.
namespace mitm::test {

/// Where the records go. Any thread may shut and open the gate before which the recorder waits.
class Vault {
 public:
  void put(const flow::Record& record);
  void shut();
  void open();
  [[nodiscard]] std::vector<flow::Record> take();
  [[nodiscard]] std::vector<flow::Record> peek();

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool shut_ = false;                  // guarded by mutex_
  std::vector<flow::Record> records_;  // guarded by mutex_
};

struct ProxyOptions {
  proxy::Settings settings = {};
  proxy::Entrance entrance = {};  ///< its listener is chosen
  bool trust_origins = true;  ///< servers whose certificate is of origin_leaf()'s CA are verified
  std::size_t workers = 1;
  std::optional<std::size_t> places = {};  ///< connections at once
  std::size_t recorder_high_mark = std::size_t{16} << 20;
};

class ProxyFixture {
 public:
  explicit ProxyFixture(const ProxyOptions& options = {});
  ~ProxyFixture();

  [[nodiscard]] const flow::Endpoint& endpoint() const { return endpoint_; }
  /// A client that has said nothing yet.
  [[nodiscard]] Peer connect() const { return connect_peer(endpoint_); }
  /// A client whose CONNECT was answered with 200.
  [[nodiscard]] Peer tunnel(const std::string& authority) const;

  /// For a client of ours and for servers: legs that play the real ones.
  [[nodiscard]] bool client_handshake(Peer& client,
                                      const std::vector<std::string>& alpn = {}) const;
  [[nodiscard]] bool server_handshake(Peer& server, const std::string& alpn = {}) const;
  /// Both at once: the client's waits for the server's.
  [[nodiscard]] bool handshakes(Peer& client, Origin& origin, Peer& server,
                                const std::string& alpn = {}) const;

  /// Waits until `flows` flows have been recorded, failed ones included; for what must come about
  /// without anybody stopping the proxy.
  [[nodiscard]] bool wait_for_flows(std::uint64_t flows) const;

  void drain(std::chrono::milliseconds patience);
  /// What it said about how traffic arrives: "kind: message / hint".
  [[nodiscard]] std::vector<std::string> reports() const;
  /// Gives connections a while to end by themselves, stops everything, checks the order of the
  /// records and that the totals add up, and returns the records.
  std::vector<flow::Record> stop();
  /// The lines of the only flow there was.
  std::vector<std::string> only_flow();
  /// Lines of what was recorded, all of it.
  std::vector<std::string> all_lines();

  Vault vault;

 private:
  struct Parts;

  std::vector<flow::Record> end(std::chrono::milliseconds patience);

  std::unique_ptr<Parts> parts_;
  flow::Endpoint endpoint_;
  bool stopped_ = false;
};

}  // namespace mitm::test
