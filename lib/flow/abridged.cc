#include "lib/flow/abridged.h"

namespace mitm::flow {

RequestHead abridged(const RequestHead& head) {
  return {.method = head.method,
          .scheme = head.scheme,
          .target = head.target,
          .authority = head.authority,
          .version = {},
          .raw = {},
          .fields = {}};
}

ResponseHead abridged(const ResponseHead& head) {
  return {.version = {}, .status = head.status, .reason = {}, .raw = {}, .fields = {}};
}

ClientHelloSeen abridged(const ClientHelloSeen& hello) {
  return {.facts = {.sni = hello.facts.sni, .alpn = {}, .ja3 = {}, .ja4 = {}, .offers_ech = false},
          .raw = {}};
}

TlsEstablished abridged(const TlsEstablished& tls) {
  return {.side = tls.side, .facts = {.handshake = tls.facts.handshake}};
}

Trailers abridged(const Trailers& trailers) {
  return {.sender = trailers.sender, .raw = {}, .fields = {}};
}

Anomaly abridged(const Anomaly& anomaly) {
  return {.sender = anomaly.sender, .name = anomaly.name, .detail = {}};
}

}  // namespace mitm::flow
