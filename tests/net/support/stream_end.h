#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lib/net/stream.h"
#include "lib/tls/leaf_cache.h"
#include "lib/tls/leg.h"
#include "tests/support/peer.h"
#include "tests/support/run_loop.h"

namespace mitm::test {

/// Both TLS legs, a leaf for "localhost" and who trusts it.
struct Legs {
  Legs();
  tls::Leaf leaf;
  tls::ServerLeg connecting;
  tls::ClientLeg accepting;
};
const Legs& legs();

/// A stream under test and what was heard of it, in order: 'h'andshake, 'i'nput, 'l'ow, 'e'nd,
/// 'o'utput closed, 'x' error.
class StreamEnd final : public net::StreamHandler {
 public:
  explicit StreamEnd(net::Loop& loop) : loop_(loop) {}

  void open(Fd fd);
  void open_tls_server(Fd fd);
  void open_tls_client(Fd fd);
  void put(std::string_view bytes) const;
  [[nodiscard]] bool heard(char what) const { return log.find(what) != std::string::npos; }
  bool wait_for(char what) const;
  bool wait_for_bytes(std::size_t count) const;

  std::unique_ptr<net::Stream> stream;
  std::string got;
  std::string log;
  std::optional<net::StreamError> error;
  std::optional<bool> clean;
  std::function<void()> inside;  ///< runs once, in the next callback that is not on_output_low

  void on_handshake(net::Stream&) override { hear('h'); }
  void on_input(net::Stream& from) override;
  void on_output_low(net::Stream&) override { hear('l'); }
  void on_end(net::Stream& from, bool is_clean) override;
  void on_output_closed(net::Stream&) override { hear('o'); }
  void on_error(net::Stream&, net::StreamError what) override;

 private:
  void hear(char what);

  net::Loop& loop_;
};

}  // namespace mitm::test
