#include "lib/net/stream.h"

#include <event2/bufferevent_ssl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <system_error>
#include <utility>
#include <vector>

#include "lib/net/timer.h"
#include "lib/tls/close_notify.h"
#include "lib/tls/handshake_error.h"

// The stream over libevent's bufferevents. Facts about 2.1.12 that shape it:
// - Callbacks are deferred, because an SSL bufferevent otherwise reports the end before the last
// data.
// - No read watermark is ever set: at the mark an SSL bufferevent spins.
// - After close_notify an SSL bufferevent stops writing too; enabling EV_WRITE again cures it.
// - BEV_OPT_CLOSE_ON_FREE closes the socket without a close_notify; finish() sends it.

namespace mitm::net {
namespace {

constexpr int kOptions = BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS;
constexpr std::chrono::milliseconds kCloseNotifyRetry{10};
constexpr unsigned long kLargestSslGetError = 12;  ///< SSL_ERROR_WANT_CLIENT_HELLO_CB and before

class BuffereventStream final : public Stream {
 public:
  BuffereventStream(Loop& loop, BuffereventPtr bev, flow::Side peer, StreamHandler& handler);
  ~BuffereventStream() override;

  void set_handler(StreamHandler& handler) override { handler_ = &handler; }
  void silence() override;
  evbuffer* input() override { return bufferevent_get_input(bev_.get()); }
  evbuffer* output() override { return bufferevent_get_output(bev_.get()); }
  std::size_t unacknowledged() const override;
  void pause(Pause reason) override;
  void resume(Pause reason) override;
  std::optional<bool> ended_clean() const override { return ended_clean_; }
  void finish(bool clean) override;
  bool finished() const override { return finish_ == Finish::kDone; }
  void abort() override { abort_ = true; }
  ssl_st* ssl() const override { return bufferevent_openssl_get_ssl(bev_.get()); }
  Fd detach(Bytes& unread) override;

 private:
  enum class Finish : std::uint8_t { kNo, kClean, kCut, kDone };

  void on_read();
  void on_write();
  void on_event(short what);
  void on_failure(short what);
  void on_tls_failure(const std::vector<unsigned long>& errors);
  std::vector<unsigned long> take_tls_errors();
  void try_finish();
  void drop_output();
  [[nodiscard]] int fd() const { return bufferevent_getfd(bev_.get()); }

  BuffereventPtr bev_;
  StreamHandler* handler_;
  Timer retry_finish_;
  std::uint8_t pauses_ = 0;
  Finish finish_ = Finish::kNo;
  flow::Side peer_;  ///< who is at the other end, for messages
  std::optional<bool> ended_clean_;
  bool handshaken_ = false;
  bool output_closed_ = false;  ///< the peer reads no more
  bool abort_ = false;
};

BuffereventStream::BuffereventStream(Loop& loop, BuffereventPtr bev, flow::Side peer,
                                     StreamHandler& handler)
    : bev_(std::move(bev)),
      handler_(&handler),
      retry_finish_(loop, [this] { on_write(); }),
      peer_(peer) {
  bufferevent_setcb(
      bev_.get(),
      [](bufferevent*, void* self) { static_cast<BuffereventStream*>(self)->on_read(); },
      [](bufferevent*, void* self) { static_cast<BuffereventStream*>(self)->on_write(); },
      [](bufferevent*, short what, void* self) {
        static_cast<BuffereventStream*>(self)->on_event(what);
      },
      this);
  bufferevent_setwatermark(bev_.get(), EV_WRITE, kLowMark, 0);
  bufferevent_enable(bev_.get(), EV_READ | EV_WRITE);
}

BuffereventStream::~BuffereventStream() {
  if (!abort_) return;
  const linger reset{1, 0};
  ::setsockopt(fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void BuffereventStream::silence() {
  bufferevent_setcb(bev_.get(), nullptr, nullptr, nullptr, nullptr);
  bufferevent_disable(bev_.get(), EV_READ | EV_WRITE);
  retry_finish_.cancel();
}

std::size_t BuffereventStream::unacknowledged() const {
  int octets = 0;
  return ::ioctl(fd(), TIOCOUTQ, &octets) == 0 ? static_cast<std::size_t>(octets) : 0;
}

void BuffereventStream::pause(Pause reason) {
  if (pauses_ == 0) bufferevent_disable(bev_.get(), EV_READ);
  pauses_ |= static_cast<std::uint8_t>(reason);
}

void BuffereventStream::resume(Pause reason) {
  if (pauses_ == 0) return;
  pauses_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (pauses_ != 0) return;
  if (!ended_clean_) bufferevent_enable(bev_.get(), EV_READ);
  // What arrived before the pause has no event of its own any more.
  if (evbuffer_get_length(input()) > 0)
    bufferevent_trigger(bev_.get(), EV_READ, BEV_TRIG_DEFER_CALLBACKS);
}

void BuffereventStream::finish(bool clean) {
  if (finish_ != Finish::kNo) return;
  finish_ = clean ? Finish::kClean : Finish::kCut;
  try_finish();
}

void BuffereventStream::try_finish() {
  if (finish_ == Finish::kNo || finish_ == Finish::kDone) return;
  if (!output_closed_ && evbuffer_get_length(output()) > 0) return;
  if (finish_ == Finish::kClean && ssl() != nullptr && !output_closed_ &&
      tls::send_close_notify(ssl()) == tls::CloseNotify::kWantsWrite) {
    return retry_finish_.start(kCloseNotifyRetry);
  }
  ::shutdown(fd(), SHUT_WR);
  finish_ = Finish::kDone;
}

Fd BuffereventStream::detach(Bytes& unread) {
  bufferevent_disable(bev_.get(), EV_READ | EV_WRITE);
  unread.resize(evbuffer_get_length(input()));
  evbuffer_remove(input(), unread.data(), unread.size());
  Fd fd(this->fd());
  bufferevent_setfd(bev_.get(), -1);
  return fd;
}

void BuffereventStream::on_read() {
  if (pauses_ == 0 && evbuffer_get_length(input()) > 0) handler_->on_input(*this);
}

void BuffereventStream::on_write() {
  try_finish();
  handler_->on_output_low(*this);
}

void BuffereventStream::on_event(short what) {
  if ((what & BEV_EVENT_CONNECTED) != 0) {
    handshaken_ = true;
    return handler_->on_handshake(*this);
  }
  if ((what & BEV_EVENT_ERROR) != 0) return on_failure(what);
  if ((what & BEV_EVENT_EOF) == 0) return;
  if (ssl() != nullptr) bufferevent_enable(bev_.get(), EV_WRITE);
  // After a reset was met in writing, reading ends as if the peer had closed.
  ended_clean_ = ssl() == nullptr ? !output_closed_ : tls::received_close_notify(ssl());
  handler_->on_end(*this, *ended_clean_);
}

void BuffereventStream::drop_output() {
  // A bufferevent freezes its output at the front, where draining takes from.
  evbuffer_unfreeze(output(), 1);
  evbuffer_drain(output(), evbuffer_get_length(output()));
  evbuffer_freeze(output(), 1);
}

std::vector<unsigned long> BuffereventStream::take_tls_errors() {
  std::vector<unsigned long> errors;
  while (const unsigned long code = bufferevent_get_openssl_error(bev_.get())) {
    // libevent puts what SSL_get_error() said among the codes of the error queue.
    if (code > kLargestSslGetError) errors.push_back(code);
  }
  return errors;
}

void BuffereventStream::on_failure(short what) {
  const int err = EVUTIL_SOCKET_ERROR();
  const auto errors = take_tls_errors();
  if (!errors.empty()) return on_tls_failure(errors);
  // Both kinds of failure may come as one. One in reading comes last: there is nothing more to
  // read.
  if ((what & BEV_EVENT_READING) == 0 && (what & BEV_EVENT_WRITING) != 0 && !ended_clean_) {
    // A server may answer and close while its client still sends: read what it had to say.
    output_closed_ = true;
    drop_output();
    if (pauses_ == 0) bufferevent_enable(bev_.get(), EV_READ);
    return handler_->on_output_closed(*this);
  }
  handler_->on_error(
      *this, {{Code::kPeer, std::system_category().message(err != 0 ? err : ECONNRESET)}, {}});
}

void BuffereventStream::on_tls_failure(const std::vector<unsigned long>& errors) {
  auto failure = tls::explain_failure(peer_, errors);
  if (failure.truncated && handshaken_) {
    ended_clean_ = false;
    return handler_->on_end(*this, false);
  }
  handler_->on_error(*this, {std::move(failure.error), failure.alert});
}

}  // namespace

std::unique_ptr<Stream> make_stream(Loop& loop, Fd fd, StreamHandler& handler) {
  BuffereventPtr bev(bufferevent_socket_new(loop.base(), fd.get(), kOptions));
  fd.release();  // bev closes it
  return std::make_unique<BuffereventStream>(loop, std::move(bev), flow::Side::kClient, handler);
}

std::unique_ptr<Stream> make_tls_stream(Loop& loop, Fd fd, tls::SslPtr ssl, TlsRole role,
                                        StreamHandler& handler) {
  const auto state =
      role == TlsRole::kAccepting ? BUFFEREVENT_SSL_ACCEPTING : BUFFEREVENT_SSL_CONNECTING;
  BuffereventPtr bev(bufferevent_openssl_socket_new(loop.base(), -1, ssl.get(), state, kOptions));
  static_cast<void>(ssl.release());  // bev frees it
  fd.release();                      // bev closes it
  return std::make_unique<BuffereventStream>(
      loop, std::move(bev), role == TlsRole::kAccepting ? flow::Side::kClient : flow::Side::kServer,
      handler);
}

}  // namespace mitm::net
