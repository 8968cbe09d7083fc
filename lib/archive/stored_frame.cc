#include "lib/archive/stored_frame.h"

#include <xxhash.h>

#include <array>
#include <cstdint>

#include "lib/archive/format.h"

namespace mitm::archive {
namespace {

constexpr std::size_t kMaxBlock = 128 * 1024;  // RFC 8878, section 3.1.1.2.4

template <std::size_t N>
std::array<char, N> little_endian(std::uint64_t value) {
  std::array<char, N> octets;
  for (char& octet : octets) {
    octet = static_cast<char>(value & 0xFF);
    value >>= 8;
  }
  return octets;
}

template <std::size_t N>
Status put(ByteSink& sink, std::uint64_t value) {
  const auto octets = little_endian<N>(value);
  return sink.write({octets.data(), octets.size()});
}

/// Its type, raw, is 0.
Status put_block(ByteSink& sink, ByteView content, bool last) {
  MITM_TRY(put<3>(sink, content.size() << 3 | (last ? 1U : 0U)));
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
  return put<6>(sink, kZstdMagic | kHasChecksum << 32 | kWindow << 40);
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
  return put<4>(sink, digest);
}

}  // namespace mitm::archive
