#include "lib/replay/dialer.h"

#include <fmt/format.h>

#include <utility>

#include "lib/net/address.h"
#include "lib/tls/verify.h"

namespace mitm::replay {
namespace {

constexpr auto kTrustHint =
    "--upstream-ca FILE trusts its issuer, -k (--insecure) goes on without verification";

/// Server Name Indication is for names only (RFC 6066, section 3), and without a trailing dot.
std::string sni_for(const flow::Target& target) {
  if (net::numeric_address(target.host, target.port)) return {};
  std::string name = target.host;
  if (name.ends_with('.')) name.pop_back();
  return name;
}

}  // namespace

Dialer::Dialer(net::Loop& loop, net::Resolver& resolver, const tls::ServerLeg& leg,
               Destination destination, std::chrono::milliseconds timeout, Callback callback)
    : loop_(loop),
      leg_(leg),
      destination_(std::move(destination)),
      timeout_(timeout),
      callback_(std::move(callback)),
      deadline_(loop, [this] { give_up("TLS handshake: timed out"); }),
      connector_(loop, resolver, destination_.target, timeout,
                 [this](auto result) { on_connected(std::move(result)); }) {}

Dialer::~Dialer() {
  if (!stream_) return;
  stream_->silence();
  loop_.retire(std::move(stream_));
}

void Dialer::on_connected(std::expected<net::Connected, net::ConnectFailure> result) {
  if (!callback_) return;
  if (!result) {
    auto callback = std::exchange(callback_, nullptr);
    return callback(std::unexpected(std::move(result).error().error));
  }
  if (destination_.tls) return start_tls(std::move(result->fd));
  auto callback = std::exchange(callback_, nullptr);
  callback(net::make_stream(loop_, std::move(result->fd), *this));
}

void Dialer::start_tls(Fd fd) {
  auto ssl = leg_.start(fd.get(), {.sni = sni_for(destination_.target),
                                   .alpn = {"http/1.1"},
                                   .verify_name = destination_.target.host,
                                   .target = destination_.target});
  if (!ssl) return give_up(ssl.error().message);
  deadline_.start(timeout_);
  stream_ =
      net::make_tls_stream(loop_, std::move(fd), *std::move(ssl), net::TlsRole::kConnecting, *this);
}

void Dialer::on_handshake(net::Stream& stream) {
  if (!callback_) return;
  const auto outcome = tls::verify_outcome(stream.ssl());
  if (!outcome.accepted) {
    return give_up(fmt::format("TLS: {} cannot be trusted: {}", to_string(destination_.target),
                               outcome.reason),
                   kTrustHint);
  }
  deadline_.cancel();
  auto callback = std::exchange(callback_, nullptr);
  callback(std::move(stream_));
}

void Dialer::on_end(net::Stream&, bool) {
  give_up("TLS handshake: the server closed the connection");
}

void Dialer::on_output_closed(net::Stream& stream) { on_end(stream, false); }

void Dialer::on_error(net::Stream&, net::StreamError error) {
  give_up(fmt::format("TLS handshake: {}", error.error.message), std::move(error.error.hint));
}

void Dialer::give_up(std::string message, std::string hint) {
  if (!callback_) return;
  deadline_.cancel();
  auto callback = std::exchange(callback_, nullptr);
  callback(fail(Code::kTls, std::move(message), std::move(hint)));
}

}  // namespace mitm::replay
