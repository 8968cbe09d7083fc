#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "lib/flow/record.h"
#include "lib/net/stream.h"
#include "lib/net/timer.h"
#include "lib/proxy/environment.h"
#include "lib/proxy/upstreams.h"
#include "lib/wire/connect_answer.h"
#include "lib/wire/socks_client.h"

namespace mitm::proxy {

/// Makes a connection to an upstream proxy one to the server behind it. Loop thread only.
class UpstreamLink final : public net::StreamHandler, public net::Retirable {
 public:
  /// The connection to the server, whose handler has to be replaced at once.
  using Done = std::function<void(std::expected<std::unique_ptr<net::Stream>, flow::FlowError>)>;

  /// `fd` is connected to `upstream`. `done` is called once, never from here; the link may be
  /// retired in it.
  UpstreamLink(const Environment& environment, std::shared_ptr<const Upstream> upstream,
               const flow::Target& target, Purpose purpose, Fd fd, Done done);
  ~UpstreamLink() override;
  /// Nobody wants it any more: `done` is not called.
  void abandon();

  void on_handshake(net::Stream& stream) override;
  void on_input(net::Stream& stream) override;
  void on_output_low(net::Stream&) override {}
  void on_output_closed(net::Stream&) override {}
  void on_end(net::Stream& stream, bool clean) override;
  void on_error(net::Stream& stream, net::StreamError error) override;

 private:
  Status start_tls(Fd fd);
  void ask();
  void read_socks(evbuffer* input);
  void read_answer(evbuffer* input);
  void finish();
  void fail_with(const std::string& what);

  const Environment& environment_;
  const std::shared_ptr<const Upstream> upstream_;
  const Purpose purpose_;
  Done done_;
  net::Timer deadline_;
  std::unique_ptr<net::Stream> stream_;
  wire::Authority target_;
  wire::SocksClient socks_;
  wire::ConnectAnswer answer_;
  std::size_t seen_ = 0;
};

/// The error of a flow that failed because of its upstream proxy.
flow::FlowError upstream_error(const Upstream& upstream, std::string what);

}  // namespace mitm::proxy
