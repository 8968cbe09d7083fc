#include "lib/replay/sender.h"

#include <fmt/format.h>

#include <utility>

#include "lib/wire/http1_head.h"

namespace mitm::replay {

Sender::Sender(net::Loop& loop, net::Resolver& resolver, const tls::ServerLeg& leg,
               std::chrono::milliseconds timeout)
    : loop_(loop), resolver_(resolver), leg_(leg), timeout_(timeout), deadline_(loop, [this] {
        on_timeout();
      }) {}

Sender::~Sender() { hang_up(); }

void Sender::send(const Outgoing& request, const Spool& body, Callback callback) {
  job_ = {.request = &request, .body = &body, .callback = std::move(callback)};
  if (stream_ && (request.ambiguous || connected_to_ != request.destination)) hang_up();
  stream_ ? exchange(true) : dial();
}

void Sender::dial() {
  dialer_ = std::make_unique<Dialer>(loop_, resolver_, leg_, job_.request->destination, timeout_,
                                     [this](auto stream) { on_dialed(std::move(stream)); });
}

void Sender::on_dialed(Result<std::unique_ptr<net::Stream>> stream) {
  loop_.retire(std::move(dialer_));
  if (!stream) return finish(std::unexpected(std::move(stream).error()));
  stream_ = *std::move(stream);
  connected_to_ = job_.request->destination;
  exchange(false);
}

void Sender::exchange(bool reused) {
  job_.reused = reused;
  job_.sent = true;
  deadline_.start(timeout_);
  exchange_ = std::make_unique<Exchange>(loop_, *stream_, *job_.request, *job_.body,
                                         [this](auto result) { on_exchanged(std::move(result)); });
}

void Sender::on_exchanged(std::expected<Answer, NoAnswer> result) {
  deadline_.cancel();
  loop_.retire(std::move(exchange_));
  if (result && result->reusable) {
    stream_->set_handler(*this);
  } else {
    hang_up();
  }
  if (result) return finish(*result);
  // A server may close a kept connection just when it is used again. Only what does no harm twice
  // is sent twice (RFC 9112, section 9.3.1).
  if (result.error().untouched && job_.reused && wire::is_idempotent(job_.request->method))
    return dial();
  finish(std::unexpected(std::move(result).error().error));
}

void Sender::on_timeout() {
  hang_up();
  loop_.retire(std::move(exchange_));
  finish(fail(Code::kPeer, fmt::format("no complete answer within {} s",
                                       std::chrono::duration<double>(timeout_).count())));
}

void Sender::finish(Result<Answer> answer) {
  loop_.defer([callback = std::move(job_.callback),
               outcome = Outcome{std::move(answer), job_.sent}] { callback(outcome); });
}

void Sender::hang_up() {
  if (!stream_) return;
  stream_->silence();
  loop_.retire(std::move(stream_));
}

}  // namespace mitm::replay
