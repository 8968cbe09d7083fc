#include "lib/proxy/upstream_link.h"

#include <fmt/format.h>

#include <utility>

#include "lib/net/address.h"
#include "lib/net/buffer.h"
#include "lib/tls/verify.h"

namespace mitm::proxy {

flow::FlowError upstream_error(const Upstream& upstream, std::string what) {
  // One that quotes what it was sent must not bring our login to clients and into recordings.
  const std::string secret =
      upstream.login ? wire::format_basic(*upstream.login).substr(std::string("Basic ").size())
                     : "";
  for (auto at = what.find(secret); !secret.empty() && at != what.npos; at = what.find(secret))
    what.replace(at, secret.size(), "*****");
  return {"upstream", fmt::format("upstream proxy {}: {}", upstream.name(), what)};
}

UpstreamLink::UpstreamLink(const Environment& environment, std::shared_ptr<const Upstream> upstream,
                           const flow::Target& target, Purpose purpose, Fd fd, Done done)
    : environment_(environment),
      upstream_(std::move(upstream)),
      purpose_(purpose),
      done_(std::move(done)),
      deadline_(environment.loop, [this] { fail_with("it did not answer in time"); }),
      target_{target.host, target.port},
      socks_(target_, upstream_->login) {
  deadline_.start(environment.settings.handshake_timeout);
  if (upstream_->scheme == Upstream::Scheme::kHttps) {
    const Status begun = start_tls(std::move(fd));
    if (!begun) environment.loop.defer([this, what = begun.error().message] { fail_with(what); });
    return;
  }
  stream_ = net::make_stream(environment.loop, std::move(fd), *this);
  ask();
}

UpstreamLink::~UpstreamLink() = default;

Status UpstreamLink::start_tls(Fd fd) {
  const std::string& host = upstream_->address.host;
  const bool numeric = net::numeric_address(host, 0).has_value();
  const auto& policy = environment_.settings.tls;
  auto ssl = environment_.server_leg.start(
      fd.get(), {.sni = numeric ? "" : host,
                 .alpn = {"http/1.1"},
                 .verify_name = host,
                 .insecure = matches_any(
                     policy.insecure,
                     {.sni = {}, .host = host, .address = {}, .port = upstream_->address.port}),
                 .identity = {},
                 .target = upstream_->address});
  if (!ssl) return std::unexpected(std::move(ssl).error());
  stream_ = net::make_tls_stream(environment_.loop, std::move(fd), *std::move(ssl),
                                 net::TlsRole::kConnecting, *this);
  return {};
}

void UpstreamLink::on_handshake(net::Stream& stream) {
  const auto outcome = tls::verify_outcome(stream.ssl());
  if (!outcome.accepted) return fail_with(outcome.reason);
  purpose_ == Purpose::kRequests ? finish() : ask();
}

void UpstreamLink::ask() {
  if (upstream_->scheme == Upstream::Scheme::kSocks5)
    return net::append(stream_->output(), socks_.greeting());
  net::append(stream_->output(), wire::connect_request(target_, upstream_->login));
}

void UpstreamLink::on_input(net::Stream& stream) {
  upstream_->scheme == Upstream::Scheme::kSocks5 ? read_socks(stream.input())
                                                 : read_answer(stream.input());
}

void UpstreamLink::read_socks(evbuffer* input) {
  while (true) {
    const auto step = socks_.next(net::peek_all(input));
    evbuffer_drain(input, step.used);
    if (std::holds_alternative<wire::SocksNeedMore>(step.what)) return;
    if (const auto* say = std::get_if<wire::SocksSay>(&step.what)) {
      net::append(stream_->output(), say->reply);
    } else if (const auto* failed = std::get_if<wire::SocksFailed>(&step.what)) {
      return fail_with(failed->reason);
    } else {
      return finish();
    }
  }
}

void UpstreamLink::read_answer(evbuffer* input) {
  const ByteView bytes = net::peek_all(input);
  const auto decision = answer_.feed(bytes.substr(seen_));
  seen_ = bytes.size();
  if (const auto* made = std::get_if<wire::TunnelMade>(&decision)) {
    evbuffer_drain(input, made->length);
    finish();
  } else if (const auto* refused = std::get_if<wire::TunnelRefused>(&decision)) {
    fail_with(fmt::format("it answered CONNECT with {}", refused->reason));
  }
}

void UpstreamLink::on_end(net::Stream&, bool) {
  fail_with("it closed the connection without an answer");
}

void UpstreamLink::on_error(net::Stream&, net::StreamError error) {
  fail_with(error.error.message);
}

void UpstreamLink::finish() {
  if (!done_) return;
  deadline_.cancel();
  std::exchange(done_, nullptr)(std::move(stream_));
}

void UpstreamLink::abandon() {
  done_ = nullptr;
  deadline_.cancel();
  if (stream_) stream_->silence();
}

void UpstreamLink::fail_with(const std::string& what) {
  if (!done_) return;
  deadline_.cancel();
  if (stream_) {
    stream_->silence();
    environment_.loop.retire(std::move(stream_));
  }
  std::exchange(done_, nullptr)(std::unexpected(upstream_error(*upstream_, what)));
}

}  // namespace mitm::proxy
