#include "lib/net/bridge.h"

#include <sys/socket.h>

#include "lib/net/buffer.h"

namespace mitm::net {

Result<Bridge::Made> Bridge::create(Loop& loop, std::unique_ptr<Stream> stream) {
  int ends[2] = {};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
    return fail_errno("make a pair of sockets");
  Fd theirs(ends[0]);
  // Whoever lets go of it may be in one of its callbacks.
  std::shared_ptr<const void> bridge(
      new Bridge(loop, std::move(stream), Fd(ends[1])),
      [&loop](Bridge* gone) { loop.retire(std::unique_ptr<Retirable>(gone)); });
  return Made{std::move(theirs), std::move(bridge)};
}

Bridge::Bridge(Loop& loop, std::unique_ptr<Stream> outer, Fd inner)
    : outer_(std::move(outer)), inner_(make_stream(loop, std::move(inner), *this)) {
  outer_->set_handler(*this);
  // What it holds already is announced once more.
  outer_->pause(Pause::kUndecided);
  outer_->resume(Pause::kUndecided);
}

void Bridge::on_input(Stream& from) {
  if (failed_) return discard_all(from.input());
  evbuffer* output = peer_of(from).output();
  evbuffer_add_buffer(output, from.input());
  if (evbuffer_get_length(output) > kHighMark) from.pause(Pause::kPeer);
}

void Bridge::on_output_low(Stream& to) { peer_of(to).resume(Pause::kPeer); }

void Bridge::on_end(Stream& from, bool clean) {
  on_input(from);
  peer_of(from).finish(clean);
}

void Bridge::on_output_closed(Stream& to) {
  failed_ = true;
  peer_of(to).resume(Pause::kPeer);
}

void Bridge::on_error(Stream& stream, StreamError) {
  failed_ = true;
  peer_of(stream).resume(Pause::kPeer);
  peer_of(stream).finish(false);
}

}  // namespace mitm::net
