#include <fmt/format.h>

#include <utility>

#include "lib/net/address.h"
#include "lib/net/buffer.h"
#include "lib/net/connector.h"
#include "lib/proxy/phases.h"

namespace mitm::proxy {
namespace {

class ConnectingPhase final : public Phase {
 public:
  ConnectingPhase(Session& session, flow::Target target)
      : Phase(session), target_(std::move(target)) {}

  void start() override {
    auto& env = session().environment();
    connector_.emplace(env.loop, env.resolver, target_, env.settings.connect_timeout,
                       [this](auto result) {
                         if (current()) on_result(std::move(result));
                       });
  }

  void cut(const flow::FlowError& error) override { record_failure(error); }

  void on_input(net::Stream& client) override {
    // Read on, so that the client's going away is noticed, but not without bound.
    if (evbuffer_get_length(client.input()) > net::kHighMark) client.pause(net::Pause::kUndecided);
  }
  void on_end(net::Stream&, bool) override {
    client_gone("the client went away before the server was reached");
  }
  void on_error(net::Stream&, net::StreamError error) override { client_gone(error.error.message); }

 private:
  void on_result(std::expected<net::Connected, net::ConnectFailure> result) {
    if (!result) return refuse({result.error().kind, result.error().error.message});
    if (result->server == session().environment().listener) {
      return refuse({"connect-failed", fmt::format("{} is this proxy itself", to_string(target_))});
    }
    session().journal().write(
        0, flow::ServerConnected{target_, result->server, result->resolve, result->connect});
    session().set_server(
        net::make_stream(session().environment().loop, std::move(result->fd), *this));
    net::append(session().client().output(), "HTTP/1.1 200 Connection established\r\n\r\n");
    session().enter(make_sniffing_phase(session(), target_));
  }

  void refuse(const flow::FlowError& error) {
    record_failure(error);
    const Page page{.message = error.message, .hint = {}};
    net::discard_all(session().client().input());
    session().enter(make_replying_phase(session(), render_page(page, PageForm::kText), error));
  }

  void client_gone(std::string reason) {
    const flow::FlowError error{"client-reset", std::move(reason)};
    record_failure(error);
    session().close(error);
  }

  void record_failure(const flow::FlowError& error) {
    const auto& journal = session().journal();
    const auto flow = journal.next_flow();
    journal.write(flow, flow::ServerConnected{.target = target_, .server = {}});
    journal.write(flow, flow::FlowEnd{.kind = flow::Kind::kTcp, .complete = false, .error = error});
  }

  flow::Target target_;
  std::optional<net::Connector> connector_;
};

}  // namespace

std::unique_ptr<Phase> make_connecting_phase(Session& session, flow::Target target) {
  return std::make_unique<ConnectingPhase>(session, std::move(target));
}

}  // namespace mitm::proxy
