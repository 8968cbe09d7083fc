#include "lib/wire/client_hello.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <optional>
#include <utility>

#include "lib/wire/byte_reader.h"
#include "lib/wire/char_class.h"

// Two steps. The records are walked first, header by header, until the handshake message they carry
// is complete; nothing is copied before that, so one byte at a time stays cheap. Then the message
// is read with a bounds-checked reader; every length must fit exactly where the RFC says so.

namespace mitm::wire {
namespace {

constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kHandshakeHeader = 4;
constexpr std::size_t kMaxRecord = 1U << 14;  // RFC 8446, section 5.1
constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloMessage = 1;
constexpr std::size_t kMaxHostName = 255;

enum Extension : std::uint16_t {
  kServerName = 0,
  kSupportedGroups = 10,
  kEcPointFormats = 11,
  kSignatureAlgorithms = 13,
  kAlpn = 16,
  kSessionTicket = 35,
  kPreSharedKey = 41,
  kSupportedVersions = 43,
  kEncryptedClientHello = 0xfe0d,
};

constexpr std::uint16_t kTls13 = 0x0304;
constexpr std::uint16_t kSecp256r1 = 23;
constexpr std::uint16_t kEcdsaSecp256r1Sha256 = 0x0403;
/// Hash and signature as TLS 1.2 has them: the low octet is 3 for ECDSA (RFC 5246,
/// section 7.4.1.4.1).
constexpr std::uint16_t kEcdsaOctet = 3;

bool is_ecdhe_ecdsa(std::uint16_t cipher) {
  static constexpr auto kCiphers =
      std::to_array<std::uint16_t>({0xc006, 0xc007, 0xc008, 0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b,
                                    0xc02c, 0xc048, 0xc049, 0xc05c, 0xc05d, 0xc072, 0xc073, 0xc086,
                                    0xc087, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xcca9, 0xcc14});
  return std::ranges::find(kCiphers, cipher) != kCiphers.end();
}

bool contains(const std::vector<std::uint16_t>& values, std::uint16_t value) {
  return std::ranges::find(values, value) != values.end();
}

/// Whether a certificate with a P-256 key will do. Up to TLS 1.2 cipher suite, curve and algorithm
/// must allow it (RFC 8422, section 5.1); TLS 1.3 looks at the algorithm alone.
bool accepts_p256(const ClientHello& hello) {
  if (contains(hello.supported_versions, kTls13)) {
    return contains(hello.signature_algorithms, kEcdsaSecp256r1Sha256);
  }
  const auto& algorithms = hello.signature_algorithms;
  return std::ranges::any_of(hello.ciphers, is_ecdhe_ecdsa) &&
         (hello.groups.empty() || contains(hello.groups, kSecp256r1)) &&
         (algorithms.empty() || std::ranges::any_of(algorithms, [](std::uint16_t a) {
            return (a & 0xff) == kEcdsaOctet;
          }));
}

/// A vector of 16-bit values that fills `bytes`.
bool read_values(ByteView bytes, std::vector<std::uint16_t>& out) {
  if (bytes.size() % 2 != 0) return false;
  ByteReader reader(bytes);
  out.reserve(bytes.size() / 2);
  while (!reader.empty()) out.push_back(reader.u16());
  return true;
}

bool is_host_name(ByteView name) {
  return !name.empty() && name.size() <= kMaxHostName && std::ranges::all_of(name, [](char c) {
    const bool letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';
    return letter || is_digit(c) || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

/// RFC 6066, section 3. Anything but one host name is no reason to refuse the hello.
void read_server_name(ByteView body, ClientHello& hello) {
  ByteReader list(body);
  ByteReader names(list.vector16());
  const std::uint8_t type = names.u8();
  const ByteView name = names.vector16();
  const bool alone = list.ok() && list.empty() && names.ok() && names.empty();
  hello.sni_malformed = !alone || type != 0 || !is_host_name(name);
  if (!hello.sni_malformed) hello.sni = name;
}

bool read_alpn(ByteView body, ClientHello& hello) {
  ByteReader list(body);
  ByteReader protocols(list.vector16());
  while (protocols.ok() && !protocols.empty()) hello.alpn.emplace_back(protocols.vector8());
  return list.ok() && list.empty() && protocols.ok();
}

/// The extensions that are understood; others are only listed.
bool read_extension(std::uint16_t type, ByteView body, ClientHello& hello) {
  ByteReader reader(body);
  const auto done = [&reader] { return reader.ok() && reader.empty(); };
  switch (type) {
    case kServerName:
      read_server_name(body, hello);
      return true;
    case kAlpn:
      return read_alpn(body, hello);
    case kSupportedVersions:
      return read_values(reader.vector8(), hello.supported_versions) && done();
    case kSupportedGroups:
      return read_values(reader.vector16(), hello.groups) && done();
    case kSignatureAlgorithms:
      return read_values(reader.vector16(), hello.signature_algorithms) && done();
    case kEcPointFormats: {
      const ByteView formats = reader.vector8();
      hello.point_formats.assign(formats.begin(), formats.end());
      return done();
    }
    case kSessionTicket:
      hello.offers_resumption |= !body.empty();
      return true;
    case kPreSharedKey:
      hello.offers_resumption = true;
      return true;
    case kEncryptedClientHello:
      hello.offers_ech = true;
      return true;
    default:
      return true;
  }
}

std::optional<Malformed> read_extensions(ByteView bytes, ClientHello& hello) {
  ByteReader reader(bytes);
  std::bitset<1U << 16> seen;
  while (!reader.empty()) {
    const std::uint16_t type = reader.u16();
    const ByteView body = reader.vector16();
    if (!reader.ok()) return Malformed{"an extension exceeds the client hello"};
    if (seen[type]) return Malformed{fmt::format("extension {} comes twice", type)};
    seen.set(type);
    hello.extensions.push_back(type);
    if (!read_extension(type, body, hello))
      return Malformed{fmt::format("extension {} is malformed", type)};
  }
  return std::nullopt;
}

ClientHelloParse read_message(ByteView message, ClientHello hello) {
  constexpr std::size_t kRandom = 32;
  ByteReader reader(message);
  hello.legacy_version = reader.u16();
  reader.bytes(kRandom);
  const ByteView session_id = reader.vector8();
  const ByteView ciphers = reader.vector16();
  const ByteView compressions = reader.vector8();
  if (!reader.ok() || session_id.size() > 32 || ciphers.empty() || compressions.empty()) {
    return Malformed{"the client hello is cut short"};
  }
  if (!read_values(ciphers, hello.ciphers)) return Malformed{"the cipher list is malformed"};
  if (!reader.empty()) {  // before RFC 3546 there were no extensions
    const ByteView extensions = reader.vector16();
    if (!reader.ok() || !reader.empty())
      return Malformed{"the extensions do not fill the client hello"};
    if (auto malformed = read_extensions(extensions, hello)) return *std::move(malformed);
  }
  // In TLS 1.3 the session id is sent by everybody and means nothing.
  if (!contains(hello.supported_versions, kTls13)) hello.offers_resumption |= !session_id.empty();
  hello.offers_ecdsa = accepts_p256(hello);
  return hello;
}

/// What is known of the handshake message from the records so far.
struct Gathered {
  Bytes head;                         ///< the message's first octets, through its length
  std::size_t count = 0;              ///< records walked
  std::size_t records = 0;            ///< octets of the records walked
  std::size_t content = 0;            ///< octets they carry
  std::optional<std::size_t> wanted;  ///< octets of the whole message, once its length is there
};

std::size_t message_size(ByteView head) {
  ByteReader reader(head.substr(1));
  return kHandshakeHeader + (std::size_t{reader.u8()} << 16) + reader.u16();
}

/// Copies the message out of the records it is spread over.
Bytes join_records(ByteView records) {
  Bytes message;
  ByteReader reader(records);
  while (!reader.empty()) {
    reader.bytes(3);
    message.append(reader.vector16());
  }
  return message;
}

/// Whether the octets that are there can be the header of a record with a handshake message.
bool can_be_handshake_record(ByteView header) {
  ByteReader reader(header);
  if (!header.empty() && reader.u8() != kHandshakeRecord) return false;
  if (header.size() > 1 && reader.u8() != 3) return false;
  if (header.size() > 2 && reader.u8() > 4) return false;
  if (header.size() < kRecordHeader) return true;
  const std::size_t length = reader.u16();
  return length > 0 && length <= kMaxRecord;
}

/// Adds one record's content, of which the last part may be missing.
void gather(ByteView content, std::size_t length, Gathered& so_far) {
  if (so_far.head.size() < kHandshakeHeader) {
    so_far.head.append(content.substr(0, kHandshakeHeader - so_far.head.size()));
  }
  if (!so_far.wanted && so_far.head.size() == kHandshakeHeader)
    so_far.wanted = message_size(so_far.head);
  ++so_far.count;
  so_far.content += length;
  so_far.records += kRecordHeader + length;
}

}  // namespace

ClientHelloParse parse_client_hello(ByteView buffered, std::size_t limit) {
  Gathered so_far;
  for (ByteView rest = buffered;;
       rest = buffered.substr(std::min(so_far.records, buffered.size()))) {
    if (!can_be_handshake_record(rest.substr(0, kRecordHeader))) {
      if (so_far.records == 0) return NotTls{};
      return Malformed{"the client hello is interrupted by another record"};
    }
    if (rest.size() <= kRecordHeader) return NeedMore{};
    const std::size_t length = ByteReader(rest.substr(3)).u16();
    const ByteView content = rest.substr(kRecordHeader, length);
    gather(content, length, so_far);
    if (so_far.head.front() != kClientHelloMessage) return NotTls{};
    if (so_far.wanted.value_or(0) > limit) {
      return Malformed{
          fmt::format("a client hello of {} octets exceeds the limit", *so_far.wanted)};
    }
    if (so_far.wanted && so_far.content > *so_far.wanted) {
      return Malformed{"data follows the client hello in its record"};
    }
    if (so_far.count > kMaxClientHelloRecords) {
      return Malformed{"the client hello is spread over too many records"};
    }
    if (content.size() < length) return NeedMore{};
    if (so_far.wanted && so_far.content == *so_far.wanted) break;
  }
  const ByteView records = buffered.substr(0, so_far.records);
  const Bytes message = join_records(records);
  ClientHello hello;
  hello.length = records.size();
  hello.record_version = ByteReader(records.substr(1)).u16();
  return read_message(ByteView(message).substr(kHandshakeHeader), std::move(hello));
}

}  // namespace mitm::wire
