#include "lib/proxy/tunnel_answer.h"

#include "lib/proxy/failure_hint.h"
#include "lib/proxy/page.h"
#include "lib/wire/socks.h"

namespace mitm::proxy {
namespace {

using wire::SocksAnswer;

wire::SocksVersion version_of(TunnelKind kind) {
  return kind == TunnelKind::kSocks4 ? wire::SocksVersion::k4 : wire::SocksVersion::k5;
}

SocksAnswer answer_for(const flow::FlowError& error) {
  if (error.kind == "connect-refused") return SocksAnswer::kRefused;
  if (error.kind == "connect-timeout") return SocksAnswer::kTimedOut;
  if (error.kind == "dns" || error.kind == "connect-failed") return SocksAnswer::kHostUnreachable;
  if (error.kind == "loop") return SocksAnswer::kNotAllowed;
  return SocksAnswer::kFailure;
}

}  // namespace

Bytes tunnel_made(TunnelKind kind) {
  if (kind == TunnelKind::kConnect) return "HTTP/1.1 200 Connection established\r\n\r\n";
  return wire::socks_answer(version_of(kind), SocksAnswer::kGranted);
}

Bytes tunnel_refused(TunnelKind kind, const flow::FlowError& error) {
  if (kind == TunnelKind::kConnect)
    return render_page({.message = error.message, .hint = failure_hint(error)}, PageForm::kText);
  return wire::socks_answer(version_of(kind), answer_for(error));
}

}  // namespace mitm::proxy
