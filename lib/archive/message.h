#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "lib/archive/chain_cache.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/record.h"

/// Records as Cap'n Proto messages in standard stream framing, without its types.
namespace mitm::archive {

class MessageSpace;

/// A message in two pieces that follow one another.
struct EncodedMessage {
  ByteView head;  ///< the segment table and the first segment
  ByteView data;  ///< the second segment without its padding: the octets of a body, not copied

  /// Octets, with the padding.
  [[nodiscard]] std::size_t size() const { return head.size() + data.size() + padding().size(); }
  [[nodiscard]] ByteView padding() const;
  void append_to(Bytes& out) const;
  [[nodiscard]] Bytes bytes() const;
};

/// Makes messages of one segment, and of two where a record holds many octets of a body. One
/// thread.
class MessageEncoder {
 public:
  MessageEncoder();
  ~MessageEncoder();
  MessageEncoder(const MessageEncoder&) = delete;
  MessageEncoder& operator=(const MessageEncoder&) = delete;

  /// The message, valid until the next call and as long as the record. kLimit when it exceeds
  /// kMaxRecord.
  Result<EncodedMessage> encode(const flow::Record& record);
  /// The record that stores a chain. What does not fit is left out: first the certificates' names
  /// (they are in the DER too), then the certificates.
  Result<EncodedMessage> encode(const flow::CertificateChain& chain, Time time);

 private:
  std::unique_ptr<MessageSpace> space_;
};

/// Octets of the message at the start of `content`; nullopt when no well-formed, non-empty one lies
/// there in full.
std::optional<std::size_t> message_size(ByteView content);

/// False when no message that a writer may store begins like `content`, whatever follows.
bool may_begin_message(ByteView content);

enum class Decoded : std::uint8_t {
  kRecord,   ///< `out` is set
  kChain,    ///< a certificate chain, now in the cache
  kUnknown,  ///< a union member or an enumerant of a later version
};

/// `message` has the size that message_size() told and starts on an 8-octet boundary. kCorrupt when
/// it is malformed. A certificate chain that is not in `chains`, because it stood in a part that is
/// lost, comes out with its id and no certificates.
Result<Decoded> decode(ByteView message, ChainCache& chains, flow::Record& out);

}  // namespace mitm::archive
