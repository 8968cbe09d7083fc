#include "lib/proxy/hello_facts.h"

#include "lib/tls/client_fingerprint.h"
#include "lib/wire/fingerprint_texts.h"

namespace mitm::proxy {

flow::ClientHelloFacts hello_facts(const wire::ClientHello& hello) {
  const auto texts = wire::fingerprint_texts(hello);
  return {.sni = hello.sni,
          .alpn = hello.alpn,
          .ja3 = tls::ja3(texts.ja3),
          .ja4 = tls::ja4(texts.ja4_head, texts.ja4_ciphers, texts.ja4_extensions),
          .offers_ech = hello.offers_ech};
}

}  // namespace mitm::proxy
