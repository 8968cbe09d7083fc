#include "tests/net/support/stream_end.h"

#include "lib/net/buffer.h"
#include "tests/tls/support/certificates.h"

namespace mitm::test {

Legs::Legs()
    : leaf(to_leaf(make_signed({.names = {"localhost"}}, shared_ca()))),
      connecting(tls::ServerLeg::create(trust_only(shared_ca().certificate()), {}).value()),
      accepting(tls::ClientLeg::create({}).value()) {}

const Legs& legs() {
  static const Legs shared;
  return shared;
}

void StreamEnd::open(Fd fd) { stream = net::make_stream(loop_, std::move(fd), *this); }

void StreamEnd::open_tls_server(Fd fd) {
  auto ssl = legs().accepting.start(fd.get(), {}, legs().leaf, {}).value();
  stream =
      net::make_tls_stream(loop_, std::move(fd), std::move(ssl), net::TlsRole::kAccepting, *this);
}

void StreamEnd::open_tls_client(Fd fd) {
  auto ssl = legs().connecting.start(fd.get(), {"localhost", {}, "localhost"}).value();
  stream =
      net::make_tls_stream(loop_, std::move(fd), std::move(ssl), net::TlsRole::kConnecting, *this);
}

void StreamEnd::put(std::string_view bytes) const { net::append(stream->output(), bytes); }

bool StreamEnd::wait_for(char what) const {
  return run_until(loop_, [&] { return heard(what); });
}

bool StreamEnd::wait_for_bytes(std::size_t count) const {
  return run_until(loop_, [&] { return got.size() >= count; });
}

void StreamEnd::on_input(net::Stream& from) {
  got += net::take_all(from.input());
  hear('i');
}

void StreamEnd::on_end(net::Stream& from, bool is_clean) {
  got += net::take_all(from.input());
  clean = is_clean;
  hear('e');
}

void StreamEnd::on_error(net::Stream&, net::StreamError what) {
  error = std::move(what);
  hear('x');
}

void StreamEnd::hear(char what) {
  log += what;
  if (inside && what != 'l') std::exchange(inside, nullptr)();
}

}  // namespace mitm::test
