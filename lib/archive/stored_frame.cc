#include "lib/archive/stored_frame.h"

#include <xxhash.h>

#include <algorithm>
#include <cstdint>

#include "lib/archive/format.h"
#include "lib/archive/little_endian.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxBlock = 128 * 1024;  // RFC 8878, section 3.1.1.2.4

/// Moves `size` octets from the beginning of `from` to `to`.
void take(std::vector<ByteView>& to, std::span<const ByteView>& from, std::size_t& offset,
          std::size_t size) {
  while (size > 0) {
    const ByteView piece = from.front().substr(offset, size);
    if (!piece.empty()) to.push_back(piece);
    size -= piece.size();
    offset += piece.size();
    if (offset < from.front().size()) return;
    from = from.subspan(1);
    offset = 0;
  }
}

}  // namespace

void StoredFrame::FreeHash::operator()(XXH64_state_s* state) const { XXH64_freeState(state); }

StoredFrame::StoredFrame() : hash_(XXH64_createState()), scratch_(XXH64_createState()) {
  if (hash_ == nullptr || scratch_ == nullptr) throw std::bad_alloc();
  XXH64_reset(hash_.get(), 0);
}

StoredFrame::~StoredFrame() = default;

/// RFC 8878, section 3.1.1.1: a checksum follows, the content's size is not told.
Status StoredFrame::begin(ByteSink& sink) {
  constexpr std::uint64_t kHasChecksum = 0x04;
  constexpr std::uint64_t kWindow = (kWindowLog - 10) << 3;
  return sink.write(to_little_endian(kZstdMagic | kHasChecksum << 32 | kWindow << 40, 6));
}

/// The type of a raw block is 0.
Status StoredFrame::write(ByteSink& sink, std::span<const ByteView> pieces, bool last) {
  std::size_t left = 0;
  for (const ByteView piece : pieces) {
    XXH64_update(hash_.get(), piece.data(), piece.size());
    left += piece.size();
  }
  std::size_t offset = 0;  // in the first piece
  do {
    const std::size_t size = std::min(left, kMaxBlock);
    left -= size;
    const Bytes header = to_little_endian(size << 3 | (last && left == 0 ? 1U : 0U), 3);
    block_.assign(1, header);
    take(block_, pieces, offset, size);
    MITM_TRY(sink.write_pieces(block_));
  } while (left > 0);
  return last ? end(sink) : Status{};
}

std::uint64_t StoredFrame::hash_with(ByteView rest) const {
  XXH64_copyState(scratch_.get(), hash_.get());
  XXH64_update(scratch_.get(), rest.data(), rest.size());
  return XXH64_digest(scratch_.get());
}

/// RFC 8878, section 3.1.1: the low four octets of the hash.
Status StoredFrame::end(ByteSink& sink) {
  const std::uint64_t digest = XXH64_digest(hash_.get());
  XXH64_reset(hash_.get(), 0);
  return sink.write(to_little_endian(digest, 4));
}

}  // namespace mitm::archive
