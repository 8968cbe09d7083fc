#include "lib/archive/stored_frame.h"

#include <xxhash.h>

#include <cstdint>

#include "lib/archive/format.h"
#include "lib/archive/little_endian.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxBlock = 128 * 1024;  // RFC 8878, section 3.1.1.2.4

/// Its type, raw, is 0.
Status put_block(ByteSink& sink, ByteView content, bool last) {
  MITM_TRY(sink.write(to_little_endian(content.size() << 3 | (last ? 1U : 0U), 3)));
  return content.empty() ? Status{} : sink.write(content);
}

}  // namespace

void StoredFrame::FreeHash::operator()(XXH64_state_s* state) const { XXH64_freeState(state); }

StoredFrame::StoredFrame() : hash_(XXH64_createState()) {
  if (hash_ == nullptr) throw std::bad_alloc();
  XXH64_reset(hash_.get(), 0);
}

StoredFrame::~StoredFrame() = default;

/// RFC 8878, section 3.1.1.1: a checksum follows, the content's size is not told.
Status StoredFrame::begin(ByteSink& sink) {
  constexpr std::uint64_t kHasChecksum = 0x04;
  constexpr std::uint64_t kWindow = (kWindowLog - 10) << 3;
  return sink.write(to_little_endian(kZstdMagic | kHasChecksum << 32 | kWindow << 40, 6));
}

Status StoredFrame::write(ByteSink& sink, ByteView content, bool last) {
  XXH64_update(hash_.get(), content.data(), content.size());
  do {
    const ByteView block = content.substr(0, kMaxBlock);
    content.remove_prefix(block.size());
    MITM_TRY(put_block(sink, block, last && content.empty()));
  } while (!content.empty());
  return last ? end(sink) : Status{};
}

/// RFC 8878, section 3.1.1: the low four octets of the hash.
Status StoredFrame::end(ByteSink& sink) {
  const std::uint64_t digest = XXH64_digest(hash_.get());
  XXH64_reset(hash_.get(), 0);
  return sink.write(to_little_endian(digest, 4));
}

}  // namespace mitm::archive
