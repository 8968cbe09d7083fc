#include "lib/net/stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <utility>

#include "lib/net/buffer.h"
#include "lib/net/socket_events.h"
#include "lib/net/transport.h"

// A socket with a transport, two buffers and events. What makes it cheap:
// - Output is written once the iteration's other events have been handled, and the socket is asked
//   whether it is writable only when it was full.
// - A paused stream stops watching its socket when there is something to read, not before.
// - Small reads go through the loop's scratch memory, so that buffers hold little more than was
//   read; large ones go where they stay.
//
//   stage    kShaking ─▶ kOpen ─▶ kDone: failed, silent or detached; nothing is called any more
//   reading  kOpen ⇄ kBlockedOnWrite, ─▶ kEndMet ─▶ kEnded
//   writing  kOpen ⇄ kBlocked, kBlockedOnRead, ─▶ kClosed: the peer reads no more
//   finish   kNo ─▶ kClean or kCut, when output is empty ─▶ kDone

namespace mitm::net {
namespace {

/// The most that is read at once; with libevent's header it fills a block of Loop::kScratch.
constexpr std::size_t kMaxRead = Loop::kScratch - 256;
/// A read of so much is followed by one into memory of its own.
constexpr std::size_t kLargeRead = kMaxRead / 2;

class SocketStream final : public Stream, private SocketEvents::Handler {
 public:
  SocketStream(Loop& loop, Fd fd, std::unique_ptr<Transport> transport, StreamHandler& handler);
  ~SocketStream() override;

  void set_handler(StreamHandler& handler) override { handler_ = &handler; }
  void silence() override { become_done(); }
  evbuffer* input() override { return input_.get(); }
  evbuffer* output() override { return output_.get(); }
  std::size_t unacknowledged() const override;
  std::uint64_t moved() const override { return moved_; }
  void pause(Pause reason) override { pauses_ |= static_cast<std::uint8_t>(reason); }
  void resume(Pause reason) override;
  std::optional<bool> ended_clean() const override { return ended_clean_; }
  void finish(bool clean) override;
  bool finished() const override { return finish_ == Finish::kDone; }
  void abort() override { abort_ = true; }
  ssl_st* ssl() const override { return transport_->ssl(); }
  Detached detach() override;

 private:
  enum class Stage : std::uint8_t { kShaking, kOpen, kDone };
  enum class Reading : std::uint8_t { kOpen, kBlockedOnWrite, kEndMet, kEnded };
  enum class Writing : std::uint8_t { kOpen, kBlocked, kBlockedOnRead, kClosed };
  enum class Finish : std::uint8_t { kNo, kClean, kCut, kDone };

  void on_readable() override;
  void on_writable() override;
  void on_due() override;

  void shake_hands();
  void read();
  Attempt read_once();
  void announce();
  void announce_end();
  void write();
  void after_writing(const Attempt& attempt);
  void on_write_failure(Attempt attempt);
  void try_finish();
  void fail(Attempt attempt);
  void become_done();
  [[nodiscard]] bool may_read() const { return stage_ == Stage::kOpen && pauses_ == 0; }

  Loop& loop_;
  Fd fd_;
  std::unique_ptr<Transport> transport_;
  EvbufferPtr input_, output_;
  SocketEvents events_;
  StreamHandler* handler_;
  std::uint8_t pauses_ = 0;
  Stage stage_ = Stage::kShaking;
  Reading reading_ = Reading::kOpen;
  Writing writing_ = Writing::kOpen;
  Finish finish_ = Finish::kNo;
  Attempt end_;  ///< met in reading; announced when the input before it has been
  std::optional<bool> ended_clean_;
  std::uint64_t moved_ = 0;
  bool last_read_was_large_ = false;
  bool abort_ = false;
};

SocketStream::SocketStream(Loop& loop, Fd fd, std::unique_ptr<Transport> transport,
                           StreamHandler& handler)
    : loop_(loop),
      fd_(std::move(fd)),
      transport_(std::move(transport)),
      input_(evbuffer_new()),
      output_(evbuffer_new()),
      events_(loop, fd_.get(), *this),
      handler_(&handler) {
  evbuffer_add_cb(
      output_.get(),
      [](evbuffer*, const evbuffer_cb_info* info, void* self) {
        if (info->n_added > 0) static_cast<SocketStream*>(self)->events_.soon();
      },
      this);
  if (transport_->ssl() == nullptr) {
    stage_ = Stage::kOpen;
    events_.expect_readable(true);
  } else {
    events_.soon();
  }
}

SocketStream::~SocketStream() {
  if (!abort_ || !fd_.is_open()) return;
  const linger reset{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

void SocketStream::become_done() {
  stage_ = Stage::kDone;
  events_.stop();
}

std::size_t SocketStream::unacknowledged() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  // What a connection that was reset did not get out will never be.
  if (::getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) == 0 &&
      info.tcpi_state == TCP_CLOSE)
    return 0;
  int octets = 0;
  return ::ioctl(fd_.get(), TIOCOUTQ, &octets) == 0 ? static_cast<std::size_t>(octets) : 0;
}

void SocketStream::resume(Pause reason) {
  if (pauses_ == 0) return;
  pauses_ &= static_cast<std::uint8_t>(~static_cast<unsigned>(reason));
  if (!may_read()) return;
  if (reading_ == Reading::kOpen) events_.expect_readable(true);
  // What came before the pause has no event of its own any more.
  if (reading_ == Reading::kEndMet || evbuffer_get_length(input()) > 0 ||
      transport_->holds_octets()) {
    events_.soon();
  }
}

Stream::Detached SocketStream::detach() {
  become_done();
  return {std::move(fd_), transport_->release(), take_all(input())};
}

void SocketStream::on_readable() {
  if (stage_ == Stage::kShaking) return shake_hands();
  if (writing_ == Writing::kBlockedOnRead) {
    write();
  } else if (pauses_ != 0) {
    return events_.expect_readable(false);
  }
  if (may_read()) read();
}

void SocketStream::on_writable() {
  if (stage_ == Stage::kShaking) return shake_hands();
  if (reading_ == Reading::kBlockedOnWrite) {
    reading_ = Reading::kOpen;
    events_.expect_readable(true);
    if (may_read()) read();
  }
  if (writing_ == Writing::kBlocked) writing_ = Writing::kOpen;
  if (stage_ == Stage::kOpen) write();
}

void SocketStream::on_due() {
  if (stage_ == Stage::kShaking) return shake_hands();
  if (may_read()) {
    reading_ == Reading::kOpen && transport_->holds_octets() ? read() : announce();
  }
  if (stage_ == Stage::kOpen && writing_ != Writing::kBlocked) write();
}

void SocketStream::shake_hands() {
  auto attempt = transport_->shake_hands();
  switch (attempt.then) {
    case Attempt::Then::kWantsRead:
      return events_.expect_readable(true);
    case Attempt::Then::kWantsWrite:
      events_.expect_readable(false);
      return events_.expect_writable();
    case Attempt::Then::kGoOn:
      break;
    default:
      return fail(std::move(attempt));
  }
  stage_ = Stage::kOpen;
  events_.expect_readable(true);
  events_.soon();  // for what came with the handshake's last message
  handler_->on_handshake(*this);
}

Attempt SocketStream::read_once() {
  if (!last_read_was_large_) {
    auto attempt = transport_->read(loop_.scratch().first(kMaxRead));
    evbuffer_add(input(), loop_.scratch().data(), attempt.octets);
    return attempt;
  }
  evbuffer_iovec space{};
  evbuffer_reserve_space(input(), kMaxRead, &space, 1);
  auto attempt = transport_->read({static_cast<char*>(space.iov_base), kMaxRead});
  space.iov_len = attempt.octets;
  evbuffer_commit_space(input(), &space, 1);
  return attempt;
}

void SocketStream::read() {
  auto attempt = read_once();
  moved_ += attempt.octets;
  last_read_was_large_ = attempt.octets >= kLargeRead;
  switch (attempt.then) {
    case Attempt::Then::kGoOn:
      if (attempt.octets == kMaxRead && transport_->holds_octets()) events_.soon();
      break;
    case Attempt::Then::kWantsRead:
      break;
    case Attempt::Then::kWantsWrite:
      reading_ = Reading::kBlockedOnWrite;
      events_.expect_readable(false);
      events_.expect_writable();
      break;
    default:
      reading_ = Reading::kEndMet;
      end_ = std::move(attempt);
      if (writing_ != Writing::kBlockedOnRead) events_.expect_readable(false);
  }
  announce();
}

/// Input first, then its end, unless somebody has objected meanwhile.
void SocketStream::announce() {
  if (evbuffer_get_length(input()) > 0) handler_->on_input(*this);
  if (reading_ == Reading::kEndMet && may_read()) announce_end();
}

void SocketStream::announce_end() {
  reading_ = Reading::kEnded;
  if (end_.then == Attempt::Then::kFailed) return fail(std::move(end_));
  // After a reset was met in writing, reading ends as if the peer had closed.
  ended_clean_ =
      end_.then == Attempt::Then::kEnd && (ssl() != nullptr || writing_ != Writing::kClosed);
  handler_->on_end(*this, *ended_clean_);
}

void SocketStream::fail(Attempt attempt) {
  writing_ = Writing::kClosed;
  become_done();
  handler_->on_error(*this, *std::move(attempt.error));
}

void SocketStream::write() {
  Attempt attempt;
  if (writing_ == Writing::kClosed) {
    discard_all(output());
  } else if (evbuffer_get_length(output()) > 0) {
    attempt = transport_->write(output());
    moved_ += attempt.octets;
  }
  switch (attempt.then) {
    case Attempt::Then::kGoOn:
      if (writing_ == Writing::kBlockedOnRead) writing_ = Writing::kOpen;
      break;
    case Attempt::Then::kWantsRead:
      writing_ = Writing::kBlockedOnRead;
      events_.expect_readable(true);
      break;
    case Attempt::Then::kWantsWrite:
      writing_ = Writing::kBlocked;
      events_.expect_writable();
      break;
    default:
      return on_write_failure(std::move(attempt));
  }
  after_writing(attempt);
}

void SocketStream::after_writing(const Attempt& attempt) {
  const bool finished_before = finished();
  try_finish();
  const bool low = attempt.octets > 0 && evbuffer_get_length(output()) <= kLowMark;
  if (low || finished() != finished_before) handler_->on_output_low(*this);
}

void SocketStream::on_write_failure(Attempt attempt) {
  discard_all(output());
  if (!attempt.socket_failed || ended_clean_) return fail(std::move(attempt));
  // A server may answer and close while its client still sends: read what it had to say.
  writing_ = Writing::kClosed;
  try_finish();
  handler_->on_output_closed(*this);
}

void SocketStream::finish(bool clean) {
  if (finish_ != Finish::kNo) return;
  finish_ = clean ? Finish::kClean : Finish::kCut;
  try_finish();
}

void SocketStream::try_finish() {
  if (finish_ == Finish::kNo || finish_ == Finish::kDone) return;
  if (writing_ != Writing::kClosed) {
    if (evbuffer_get_length(output()) > 0) return;
    if (finish_ == Finish::kClean && transport_->end() == tls::CloseNotify::kWantsWrite) {
      writing_ = Writing::kBlocked;
      return events_.expect_writable();
    }
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
