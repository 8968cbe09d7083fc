#include "lib/replay/exchange.h"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>
#include <variant>

#include "lib/net/buffer.h"

namespace mitm::replay {
namespace {

constexpr std::size_t kPiece = 32 * 1024;
/// Sent whenever the output has run low; below the high mark together with what is left of it.
constexpr std::size_t kPiecesAtOnce = (net::kHighMark - net::kLowMark) / kPiece;

}  // namespace

Exchange::Exchange(net::Loop& loop, net::Stream& stream, const Outgoing& request, const Spool& body,
                   Callback callback)
    : loop_(loop),
      stream_(stream),
      request_(request),
      body_(body),
      callback_(std::move(callback)),
      started_(std::chrono::steady_clock::now()) {
  answer_.reusable = request.keep_alive;
  decoder_.expect({request.method, request.upgrade_asked});
  stream_.set_handler(*this);
  net::append(stream_.output(), request_.head);
  send_more();
}

void Exchange::send_more() {
  std::array<char, kPiece> piece;
  for (std::size_t i = 0; i < kPiecesAtOnce && !sent_ && callback_; ++i) {
    const auto size = body_.read(piece);
    if (!size) {
      loop_.defer([this, message = size.error().message] { give_up(Code::kIo, message); });
      sent_ = true;
    } else if (*size == 0) {
      send_end();
    } else {
      send_piece({piece.data(), *size});
    }
  }
}

void Exchange::send_piece(ByteView piece) {
  if (request_.chunked) net::append(stream_.output(), fmt::format("{:x}\r\n", piece.size()));
  net::append(stream_.output(), piece);
  if (request_.chunked) net::append(stream_.output(), "\r\n");
}

void Exchange::send_end() {
  sent_ = true;
  if (request_.chunked) {
    net::append(stream_.output(), fmt::format("0\r\n{}\r\n", request_.trailers));
  }
}

void Exchange::on_input(net::Stream& stream) {
  receive(stream);
  if (answered_) complete();
}

void Exchange::receive(net::Stream& stream) {
  net::for_each_span(stream.input(), 0, [&](ByteView span) {
    touched_ = true;
    decoder_.feed(span);
    pump();
  });
  net::discard_all(stream.input());
}

void Exchange::pump() {
  while (callback_) {
    const wire::Event event = decoder_.next();
    if (std::holds_alternative<wire::NeedData>(event)) return;
    on_event(event);
  }
}

void Exchange::on_event(const wire::Event& event) {
  if (const auto* head = std::get_if<wire::ResponseHead>(&event)) {
    on_head(*head);
  } else if (const auto* end = std::get_if<wire::MessageEnd>(&event)) {
    if (!end->complete) return give_up(Code::kPeer, "the answer was cut off");
    answered_ = true;
  } else if (const auto* failed = std::get_if<wire::Failed>(&event)) {
    give_up(Code::kProtocol, fmt::format("the answer is not HTTP/1: {}", failed->reason));
  } else if (const auto* oddity = std::get_if<wire::Oddity>(&event)) {
    if (oddity->framing) answer_.reusable = false;
  } else if (std::holds_alternative<wire::Unparsed>(event)) {
    answer_.reusable = false;
  }
}

void Exchange::on_head(const wire::ResponseHead& head) {
  if (head.is_interim()) return;
  answer_.status = head.status;
  answer_.reusable &= head.keep_alive && head.status != 101;
}

void Exchange::complete() {
  if (!callback_) return;
  // A server that answers before it has read everything may never read the rest.
  answer_.reusable &= sent_;
  answer_.latency = std::chrono::steady_clock::now() - started_;
  auto callback = std::exchange(callback_, nullptr);
  callback(answer_);
}

void Exchange::give_up(Code code, std::string message) {
  if (!callback_) return;
  auto callback = std::exchange(callback_, nullptr);
  callback(std::unexpected(NoAnswer{{code, std::move(message)}, !touched_}));
}

void Exchange::on_end(net::Stream& stream, bool clean) {
  receive(stream);
  decoder_.feed_eof(clean);
  pump();
  answer_.reusable = false;
  if (answered_) return complete();
  give_up(Code::kPeer, touched_ ? "the answer was cut off"
                                : "the server closed the connection without an answer");
}

void Exchange::on_output_closed(net::Stream&) {
  // The server may have answered before it stopped reading.
  sent_ = true;
  answer_.reusable = false;
}

void Exchange::on_error(net::Stream&, net::StreamError error) {
  give_up(Code::kPeer, fmt::format("the connection broke: {}", error.error.message));
}

}  // namespace mitm::replay
