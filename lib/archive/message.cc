#include "lib/archive/message.h"

#include <fmt/format.h>
#include <kj/exception.h>

#include <cstring>
#include <span>

#include "lib/archive/format.h"
#include "lib/archive/message_space.h"
#include "lib/archive/record_codec.h"
#include "lib/flow/record.h"

#include <capnp/message.h>
#include <capnp/serialize.h>

namespace mitm::archive {
namespace {

constexpr std::size_t kWord = sizeof(capnp::word);
constexpr std::uint32_t kMaxSegments = 16;

// What a head's record holds besides its text: pointers, numbers, padding.
static_assert(flow::kMaxHead + 8 * 1024 <= kMaxRecord);

/// Little-endian, as everything in a message.
std::uint32_t load_u32(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// What the segment table at the start of `content` declares: 0 when it is none, nullopt while it
/// is not there in full.
std::optional<std::uint64_t> declared_size(ByteView content) {
  if (content.size() < 4) return std::nullopt;
  const std::uint32_t last_segment = load_u32(content);
  if (last_segment >= kMaxSegments) return 0;
  const std::size_t table = ((last_segment + 1) / 2 + 1) * kWord;
  if (content.size() < table) return std::nullopt;
  std::uint64_t words = 0;
  for (std::size_t i = 0; i <= last_segment; ++i) words += load_u32(content.substr(4 * (i + 1)));
  return words == 0 ? 0 : table + words * kWord;
}

/// Without the table of segments.
constexpr std::size_t kSpace = kMaxRecord / kWord - 1;

}  // namespace

ByteView EncodedMessage::padding() const {
  static constexpr char kZeros[kWord] = {};
  return {kZeros, (kWord - data.size() % kWord) % kWord};
}

void EncodedMessage::append_to(Bytes& out) const {
  out += head;
  out += data;
  out += padding();
}

Bytes EncodedMessage::bytes() const {
  Bytes out;
  append_to(out);
  return out;
}

MessageEncoder::MessageEncoder() : space_(std::make_unique<MessageSpace>(kSpace)) {}
MessageEncoder::~MessageEncoder() = default;

Result<EncodedMessage> MessageEncoder::encode(const flow::Record& record) {
  EncodedMessage message{.head = {}, .data = external_data(record)};
  to_capnp(record, space_->begin().initRoot<schema::Record>());
  if (const auto head = space_->end(message.data)) {
    message.head = *head;
    if (message.size() <= kMaxRecord) return message;
  }
  return fail(Code::kLimit, fmt::format("a record is larger than {} bytes", kMaxRecord));
}

Result<EncodedMessage> MessageEncoder::encode(const flow::CertificateChain& chain, Time time) {
  for (const Detail detail : {Detail::kNames, Detail::kCertificates, Detail::kId}) {
    auto out = space_->begin().initRoot<schema::Record>();
    out.setTime(time.time_since_epoch().count());
    to_capnp(chain, detail, out.initCertificateChain());
    if (const auto message = space_->end()) return EncodedMessage{.head = *message, .data = {}};
  }
  return fail(Code::kLimit, "the id of a certificate chain is too long");
}

std::optional<std::size_t> message_size(ByteView content) {
  const auto declared = declared_size(content);
  if (!declared || *declared == 0 || *declared > content.size()) return std::nullopt;
  return static_cast<std::size_t>(*declared);
}

bool may_begin_message(ByteView content) {
  const auto declared = declared_size(content);
  return !declared || (*declared > 0 && *declared <= kMaxRecord);
}

Result<Decoded> decode(ByteView message, ChainCache& chains, flow::Record& out) {
  const std::size_t words = message.size() / kWord;
  // Room for reading some fields twice, but not for lists that claim more elements than there are
  // octets.
  const capnp::ReaderOptions options{.traversalLimitInWords = 4 * words + 64, .nestingLimit = 16};
  try {
    capnp::FlatArrayMessageReader reader(
        kj::arrayPtr(reinterpret_cast<const capnp::word*>(message.data()), words), options);
    return from_capnp(reader.getRoot<schema::Record>(), chains, out);
  } catch (const kj::Exception&) {
    return fail(Code::kCorrupt, "malformed record");
  }
}

}  // namespace mitm::archive
