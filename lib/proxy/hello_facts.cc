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

std::string lasting_ja4(const wire::ClientHello& hello) {
  constexpr std::uint16_t kPadding = 21;
  constexpr std::uint16_t kPreSharedKey = 41;
  constexpr std::uint16_t kEarlyData = 42;
  wire::ClientHello lasting = hello;
  std::erase_if(lasting.extensions, [](std::uint16_t extension) {
    return extension == kPadding || extension == kPreSharedKey || extension == kEarlyData;
  });
  return hello_facts(lasting).ja4;
}

}  // namespace mitm::proxy
