#include "lib/trust/jks.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "lib/tls/x509_facts.h"

// The format has no specification but sun.security.provider.JavaKeyStore: numbers are big-endian,
// strings have two octets of length, and a SHA-1 digest over the password (UTF-16), two words and
// everything before it comes last.
namespace mitm::trust {
namespace {

constexpr std::uint32_t kMagic = 0xFEEDFEED;
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kPrivateKey = 1;
constexpr std::uint32_t kTrustedCertificate = 2;
constexpr std::string_view kDigestWords = "Mighty Aphrodite";
constexpr std::size_t kHead = 12;  // magic, version, number of entries
constexpr std::size_t kDigest = 20;

void put_number(Bytes& out, std::uint64_t value, int octets) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> static_cast<unsigned>(shift) & 0xFFU);
}

void put_text(Bytes& out, std::string_view text) {
  put_number(out, text.size(), 2);
  out += text;
}

Bytes entry(std::string_view alias, ByteView der) {
  Bytes out;
  put_number(out, kTrustedCertificate, 4);
  put_text(out, alias);
  put_number(out, 0, 8);  // when it was added, which nobody asks
  put_text(out, "X.509");
  put_number(out, der.size(), 4);
  return out + Bytes(der);
}

Bytes digest(ByteView content) {
  Bytes input;
  for (const char letter : kKeystorePassword) {
    input += '\0';
    input += letter;
  }
  input += kDigestWords;
  input += content;
  const std::string hex = tls::fingerprint(input, tls::Digest::kSha1);  // "AB:CD:…"
  Bytes out;
  for (std::size_t i = 0; i + 2 <= hex.size(); i += 3) {
    unsigned octet = 0;
    std::from_chars(hex.data() + i, hex.data() + i + 2, octet, 16);
    out += static_cast<char>(octet);
  }
  return out;
}

Bytes assemble(std::uint64_t count, ByteView entries) {
  Bytes out;
  put_number(out, kMagic, 4);
  put_number(out, kVersion, 4);
  put_number(out, count, 4);
  out += entries;
  return out + digest(out);
}

class Reader {
 public:
  explicit Reader(ByteView content) : content_(content) {}

  std::optional<std::uint64_t> number(std::size_t octets) {
    const auto bytes = take(octets);
    if (!bytes) return std::nullopt;
    std::uint64_t value = 0;
    for (const char octet : *bytes) value = value << 8U | static_cast<unsigned char>(octet);
    return value;
  }
  std::optional<ByteView> take(std::uint64_t octets) {
    if (octets > content_.size() - at_) return std::nullopt;
    at_ += octets;
    return content_.substr(at_ - octets, octets);
  }
  std::optional<ByteView> text() {
    const auto size = number(2);
    return size ? take(*size) : std::nullopt;
  }
  std::optional<ByteView> certificate() {
    if (!text()) return std::nullopt;  // its type
    const auto size = number(4);
    return size ? take(*size) : std::nullopt;
  }
  [[nodiscard]] std::size_t at() const { return at_; }

 private:
  ByteView content_;
  std::size_t at_ = 0;
};

/// The first certificate of a private key's chain, past all of them.
std::optional<ByteView> key_and_chain(Reader& reader) {
  const auto size = reader.number(4);
  if (!size || !reader.take(*size)) return std::nullopt;
  const auto count = reader.number(4);
  if (!count) return std::nullopt;
  ByteView first;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto certificate = reader.certificate();
    if (!certificate) return std::nullopt;
    if (i == 0) first = *certificate;
  }
  return first;
}

std::optional<JksEntry> read_entry(Reader& reader) {
  JksEntry entry{.begin = reader.at()};
  const auto tag = reader.number(4);
  const auto alias = reader.text();
  if (!tag || !alias || !reader.number(8)) return std::nullopt;
  if (*tag != kPrivateKey && *tag != kTrustedCertificate) return std::nullopt;
  const auto der = *tag == kPrivateKey ? key_and_chain(reader) : reader.certificate();
  if (!der) return std::nullopt;
  entry.alias = *alias;
  entry.der = *der;
  entry.end = reader.at();
  return entry;
}

std::uint64_t count_of(ByteView keystore) {
  return Reader(keystore.substr(8)).number(4).value_or(0);
}

}  // namespace

bool is_jks(ByteView keystore) { return Reader(keystore).number(4) == kMagic; }

Result<std::vector<JksEntry>> read_jks(ByteView keystore) {
  if (!is_jks(keystore) || keystore.size() < kHead + kDigest ||
      Reader(keystore.substr(4)).number(4) != kVersion) {
    return fail(Code::kCorrupt, "not a Java keystore");
  }
  const ByteView body = keystore.substr(0, keystore.size() - kDigest);
  Reader reader(body);
  reader.take(kHead);
  std::vector<JksEntry> entries;
  for (std::uint64_t left = count_of(keystore); left > 0; --left) {
    auto entry = read_entry(reader);
    if (!entry) return fail(Code::kCorrupt, "a damaged Java keystore");
    entries.push_back(*std::move(entry));
  }
  if (reader.at() != body.size()) return fail(Code::kCorrupt, "a damaged Java keystore");
  if (digest(body) != keystore.substr(body.size())) {
    return fail(Code::kUnsupported,
                "a damaged Java keystore, or one with another password than "
                "changeit");
  }
  return entries;
}

Bytes jks_with(ByteView keystore, std::string_view alias, ByteView der) {
  const Bytes entries(keystore.substr(kHead, keystore.size() - kHead - kDigest));
  return assemble(count_of(keystore) + 1, entries + entry(alias, der));
}

Bytes jks_without(ByteView keystore, const JksEntry& entry) {
  const Bytes entries = Bytes(keystore.substr(kHead, entry.begin - kHead)) +
                        Bytes(keystore.substr(entry.end, keystore.size() - kDigest - entry.end));
  return assemble(count_of(keystore) - 1, entries);
}

Bytes make_jks(const std::vector<TrustedCertificate>& certificates) {
  Bytes entries;
  for (const auto& [alias, der] : certificates) entries += entry(alias, der);
  return assemble(certificates.size(), entries);
}

}  // namespace mitm::trust
