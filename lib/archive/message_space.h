#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/archive/kj_compare.h"
// kj_compare.h must come first.
#include "lib/base/bytes.h"

#include <capnp/message.h>

namespace mitm::archive {

/// Memory in which one message after the other is made, so that a finished one is contiguous with
/// its segment table and needs no copy: Cap'n Proto wants memory zeroed and zeroes again what it
/// used. Internal to this folder, because Cap'n Proto's types show. One thread.
class MessageSpace {
 public:
  /// For messages of up to so many words; with more they go on elsewhere.
  explicit MessageSpace(std::size_t words = 0) { reserve(words); }

  void reserve(std::size_t words);
  /// Forgets the message before.
  capnp::MessageBuilder& begin();
  /// The message that was begun, valid until the next begin(): its table and first segment. With
  /// `external` a second segment belongs to it, which holds these octets. nullopt: it has grown
  /// into other segments.
  std::optional<ByteView> end(ByteView external = {});

 private:
  static constexpr std::size_t kTable = 2;  ///< words, of a table for two segments

  std::vector<std::uint64_t> words_;  // room for the table, and the first segment
  std::optional<capnp::MallocMessageBuilder> builder_;
};

}  // namespace mitm::archive
