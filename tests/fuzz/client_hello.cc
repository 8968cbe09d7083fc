// Whatever a connection begins with, it is judged once, the same however it is cut, and of what is
// read nothing is made up.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <tuple>

#include "lib/wire/byte_reader.h"
#include "lib/wire/client_hello.h"
#include "lib/wire/fingerprint_texts.h"

namespace {

using namespace mitm;
using wire::ClientHello;

void promise(bool kept) {
  if (!kept) std::abort();
}

bool waits(const wire::ClientHelloParse& parse) {
  return std::holds_alternative<wire::NeedMore>(parse);
}

auto facts(const ClientHello& hello) {
  return std::tie(hello.legacy_version, hello.ciphers, hello.extensions, hello.sni,
                  hello.sni_malformed, hello.alpn, hello.supported_versions, hello.groups,
                  hello.point_formats, hello.signature_algorithms, hello.offers_ecdsa,
                  hello.offers_resumption, hello.offers_ech);
}

bool same(const wire::ClientHelloParse& a, const wire::ClientHelloParse& b) {
  if (a.index() != b.index()) return false;
  const auto* hello = std::get_if<ClientHello>(&a);
  return hello == nullptr || (facts(*hello) == facts(std::get<ClientHello>(b)) &&
                              hello->length == std::get<ClientHello>(b).length);
}

/// No judgement before the octets that it needs are there, and none other afterwards.
void feed_in_pieces(ByteView bytes, const wire::ClientHelloParse& whole) {
  constexpr std::size_t kPieces = 64;
  const std::size_t step = bytes.size() / kPieces + 1;
  bool judged = false;
  for (std::size_t size = 0; size < bytes.size(); size += step) {
    const auto now = wire::parse_client_hello(bytes.substr(0, size));
    promise(!judged || !waits(now));
    judged = !waits(now);
    promise(!judged || same(now, whole));
  }
}

/// The same message in records of another size.
void cut_otherwise(ByteView records, const ClientHello& hello) {
  Bytes message;
  for (wire::ByteReader reader(records); !reader.empty();) {
    reader.bytes(3);
    message += reader.vector16();
  }
  constexpr std::size_t kRecord = 100;
  Bytes bytes;
  for (std::size_t at = 0; at < message.size(); at += kRecord) {
    const auto part = message.substr(at, kRecord);
    bytes += {'\x16', '\x03', '\x03', '\0', static_cast<char>(part.size())};
    bytes += part;
  }
  const auto again = wire::parse_client_hello(bytes);
  promise(std::holds_alternative<ClientHello>(again));
  promise(facts(std::get<ClientHello>(again)) == facts(hello));
  promise(std::get<ClientHello>(again).length == bytes.size());
}

void look_at(const ClientHello& hello) {
  promise(hello.sni.empty() || !hello.sni_malformed);
  promise(std::ranges::all_of(hello.sni, [](char c) { return c > ' ' && c < '\x7f'; }));
  const auto texts = wire::fingerprint_texts(hello);
  promise(std::ranges::count(texts.ja3, ',') == 4);
  promise(texts.ja4_head.size() == 10);
  promise(std::ranges::all_of(texts.ja4_head, [](char c) { return c > ' ' && c < '\x7f'; }));
  promise(texts.ja4_ciphers.size() % 5 == (texts.ja4_ciphers.empty() ? 0 : 4));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = wire::parse_client_hello(bytes);
  feed_in_pieces(bytes, whole);
  if (const auto* hello = std::get_if<ClientHello>(&whole)) {
    promise(hello->length <= bytes.size());
    const ByteView records = bytes.substr(0, hello->length);
    promise(same(wire::parse_client_hello(records), whole));
    cut_otherwise(records, *hello);
    look_at(*hello);
  }
  return 0;
}
