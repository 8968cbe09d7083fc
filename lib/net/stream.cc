#include "lib/net/stream.h"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/transport.h"

// A socket, two buffers and three events. What makes it cheap:
// - Output is written once the iteration's other events have been handled, and waits for the socket
//   to be writable only when it was full; so there are no system calls to ask for events.
// - A paused stream stops watching its socket when there is something to read, not before.
// - Small reads go through the loop's scratch memory, so that buffers hold no more than they must;
//   large ones go where they stay.

namespace mitm::net {
namespace {

/// Read at once, and when that much comes reading is worth a buffer of its own.
constexpr std::size_t kBulkRead = Loop::kScratch;
constexpr std::size_t kBulk = 8 * 1024;

class SocketStream final : public Stream {
 public:
  SocketStream(Loop& loop, Fd fd, std::unique_ptr<Transport> transport, StreamHandler& handler);
  ~SocketStream() override;

  void set_handler(StreamHandler& handler) override { handler_ = &handler; }
  void silence() override;
  evbuffer* input() override { return input_.get(); }
  evbuffer* output() override { return output_.get(); }
  std::size_t unacknowledged() const override;
  void pause(Pause reason) override { pauses_ |= static_cast<std::uint8_t>(reason); }
  void resume(Pause reason) override;
  std::optional<bool> ended_clean() const override { return ended_clean_; }
  void finish(bool clean) override;
  bool finished() const override { return finish_ == Finish::kDone; }
  void abort() override { abort_ = true; }
  ssl_st* ssl() const override { return transport_->ssl(); }
  Fd detach(Bytes& unread) override;

 private:
  enum class Finish : std::uint8_t { kNo, kClean, kCut, kDone };

  EventPtr watch(int fd, short what, event_callback_fn action) {
    return EventPtr(event_new(loop_.base(), fd, what, action, this));
  }
  void on_readable();
  void on_writable();
  void on_due();

  void shake_hands();
  void read();
  Moved read_once();
  void announce();
  void end_reading(Moved moved);
  void write();
  void on_write_failure(Moved moved);
  void try_finish();
  void expect(bool readable);
  void soon() { event_active(due_.get(), EV_TIMEOUT, 0); }

  Loop& loop_;
  Fd fd_;
  std::unique_ptr<Transport> transport_;
  StreamHandler* handler_;  ///< nullptr when silent
  EvbufferPtr input_, output_;
  EventPtr readable_, writable_;
  EventPtr due_;  ///< something to do that no socket announces
  std::uint8_t pauses_ = 0;
  Finish finish_ = Finish::kNo;
  std::optional<bool> ended_clean_;
  std::optional<Moved> end_;  ///< met in reading; announced when the input before it has been
  bool handshaken_;
  bool expecting_ = false;            ///< readable_ has been added
  bool bulk_ = false;                 ///< the last read was a large one
  bool reading_wants_write_ = false;  ///< TLS may (RFC 8446, section 4.6)
  bool writing_wants_read_ = false;
  bool output_closed_ = false;  ///< the peer reads no more
  bool abort_ = false;
};

SocketStream::SocketStream(Loop& loop, Fd fd, std::unique_ptr<Transport> transport,
                           StreamHandler& handler)
    : loop_(loop),
      fd_(std::move(fd)),
      transport_(std::move(transport)),
      handler_(&handler),
      input_(evbuffer_new()),
      output_(evbuffer_new()),
      readable_(watch(fd_.get(), EV_READ | EV_PERSIST,
                      [](evutil_socket_t, short, void* self) {
                        static_cast<SocketStream*>(self)->on_readable();
                      })),
      writable_(watch(fd_.get(), EV_WRITE,
                      [](evutil_socket_t, short, void* self) {
                        static_cast<SocketStream*>(self)->on_writable();
                      })),
      due_(watch(
          -1, 0,
          [](evutil_socket_t, short, void* self) { static_cast<SocketStream*>(self)->on_due(); })),
      handshaken_(transport_->ssl() == nullptr) {
  evbuffer_add_cb(
      output_.get(),
      [](evbuffer*, const evbuffer_cb_info* info, void* self) {
        if (info->n_added > 0) static_cast<SocketStream*>(self)->soon();
      },
      this);
  expect(true);
  if (!handshaken_) soon();
}

SocketStream::~SocketStream() {
  if (!abort_ || !fd_.is_open()) return;
  const linger reset{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void SocketStream::silence() {
  handler_ = nullptr;
  expect(false);
  event_del(writable_.get());
  event_del(due_.get());
}

std::size_t SocketStream::unacknowledged() const {
  int octets = 0;
  return ::ioctl(fd_.get(), TIOCOUTQ, &octets) == 0 ? static_cast<std::size_t>(octets) : 0;
}

void SocketStream::expect(bool readable) {
  if (std::exchange(expecting_, readable) == readable) return;
  readable ? event_add(readable_.get(), nullptr) : event_del(readable_.get());
}

void SocketStream::resume(Pause reason) {
  if (pauses_ == 0) return;
  pauses_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (pauses_ != 0 || handler_ == nullptr) return;
  if (!end_ && !ended_clean_) expect(true);
  // What came before the pause has no event of its own any more.
  if (end_ || evbuffer_get_length(input()) > 0 || transport_->holds_octets()) soon();
}

Fd SocketStream::detach(Bytes& unread) {
  silence();
  unread = take_all(input());
  return std::move(fd_);
}

void SocketStream::on_readable() {
  if (!handshaken_) return shake_hands();
  if (std::exchange(writing_wants_read_, false)) soon();
  pauses_ == 0 ? read() : expect(false);
}

void SocketStream::on_writable() {
  if (!handshaken_) return shake_hands();
  if (std::exchange(reading_wants_write_, false) && pauses_ == 0) read();
  if (handler_ != nullptr) write();
}

void SocketStream::on_due() {
  if (!handshaken_) return shake_hands();
  if (pauses_ == 0) {
    if (!end_ && !ended_clean_ && transport_->holds_octets()) {
      read();
    } else if (end_ || evbuffer_get_length(input()) > 0) {
      announce();
    }
  }
  if (handler_ != nullptr) write();
}

void SocketStream::shake_hands() {
  auto moved = transport_->shake_hands();
  if (moved.then == Moved::Then::kWantsRead) return expect(true);
  if (moved.then == Moved::Then::kWantsWrite) {
    expect(false);
    event_add(writable_.get(), nullptr);
    return;
  }
  if (moved.then != Moved::Then::kGoOn) return end_reading(std::move(moved)), announce();
  handshaken_ = true;
  expect(true);
  soon();  // for what came with the handshake's last message
  handler_->on_handshake(*this);
}

Moved SocketStream::read_once() {
  if (!bulk_) {
    auto moved = transport_->read(loop_.scratch());
    evbuffer_add(input(), loop_.scratch().data(), moved.octets);
    return moved;
  }
  evbuffer_iovec space{};
  evbuffer_reserve_space(input(), kBulkRead, &space, 1);
  auto moved = transport_->read({static_cast<char*>(space.iov_base), kBulkRead});
  space.iov_len = moved.octets;
  evbuffer_commit_space(input(), &space, 1);
  return moved;
}

void SocketStream::read() {
  auto moved = read_once();
  bulk_ = moved.octets >= kBulk;
  switch (moved.then) {
    case Moved::Then::kGoOn:
      if (moved.octets == kBulkRead && transport_->holds_octets()) soon();
      break;
    case Moved::Then::kWantsRead:
      break;
    case Moved::Then::kWantsWrite:
      reading_wants_write_ = true;
      event_add(writable_.get(), nullptr);
      break;
    default:
      end_reading(std::move(moved));
  }
  announce();
}

/// Input first, and its end when nobody objects.
void SocketStream::announce() {
  if (evbuffer_get_length(input()) > 0) handler_->on_input(*this);
  if (!end_ || pauses_ != 0 || handler_ == nullptr) return;
  const auto end = *std::exchange(end_, std::nullopt);
  if (end.then == Moved::Then::kFailed) return handler_->on_error(*this, *end.error);
  // After a reset was met in writing, reading ends as if the peer had closed.
  ended_clean_ = end.then == Moved::Then::kEnd && (ssl() != nullptr || !output_closed_);
  handler_->on_end(*this, *ended_clean_);
}

void SocketStream::end_reading(Moved moved) {
  end_ = std::move(moved);
  expect(false);
}

void SocketStream::write() {
  if (output_closed_) {
    discard_all(output());
    return try_finish();
  }
  Moved moved;
  if (evbuffer_get_length(output()) > 0) moved = transport_->write(output());
  if (moved.then == Moved::Then::kWantsWrite) event_add(writable_.get(), nullptr);
  writing_wants_read_ = moved.then == Moved::Then::kWantsRead;
  if (moved.then == Moved::Then::kFailed) return on_write_failure(std::move(moved));
  try_finish();
  if (moved.octets > 0 && evbuffer_get_length(output()) <= kLowMark) handler_->on_output_low(*this);
}

void SocketStream::on_write_failure(Moved moved) {
  output_closed_ = true;
  discard_all(output());
  // A server may answer and close while its client still sends: read what it had to say.
  if (moved.in_socket && !ended_clean_) return handler_->on_output_closed(*this);
  expect(false);
  handler_->on_error(*this, *std::move(moved.error));
}

void SocketStream::finish(bool clean) {
  if (finish_ != Finish::kNo) return;
  finish_ = clean ? Finish::kClean : Finish::kCut;
  try_finish();
}

void SocketStream::try_finish() {
  if (finish_ == Finish::kNo || finish_ == Finish::kDone) return;
  if (!output_closed_ && evbuffer_get_length(output()) > 0) return;
  if (finish_ == Finish::kClean && !output_closed_ &&
      transport_->end() == tls::CloseNotify::kWantsWrite) {
    event_add(writable_.get(), nullptr);
    return;
  }
  ::shutdown(fd_.get(), SHUT_WR);
  finish_ = Finish::kDone;
}

}  // namespace

std::unique_ptr<Stream> make_stream(Loop& loop, Fd fd, StreamHandler& handler) {
  auto transport = make_tcp_transport(fd.get());
  return std::make_unique<SocketStream>(loop, std::move(fd), std::move(transport), handler);
}

std::unique_ptr<Stream> make_tls_stream(Loop& loop, Fd fd, tls::SslPtr ssl, TlsRole role,
                                        StreamHandler& handler) {
  return std::make_unique<SocketStream>(loop, std::move(fd),
                                        make_tls_transport(std::move(ssl), role), handler);
}

}  // namespace mitm::net
