#include "lib/archive/content.h"

#include <xxhash.h>
#include <zstd.h>

#include <bit>
#include <variant>

#include "lib/archive/format.h"
#include "lib/archive/message.h"
#include "lib/base/c_ptr.h"

namespace mitm::archive {
namespace {

std::optional<flow::Checkpoint> checkpoint_in(ByteView message) {
  ChainCache unused;
  flow::Record record;
  const auto decoded = decode(message, unused, record);
  if (!decoded || *decoded != Decoded::kRecord) return std::nullopt;
  const auto* checkpoint = std::get_if<flow::Checkpoint>(&record.event);
  return checkpoint == nullptr ? std::nullopt : std::optional(*checkpoint);
}

/// Follows the checkpoints of content that grows and is not to be trusted.
class CheckpointChain {
 public:
  /// False when a checkpoint is wrong or what stands there is no message.
  bool extend(ByteView content) {
    while (content.size() > position_) {
      const auto size = message_size(content.substr(position_));
      if (!size) return may_begin_message(content.substr(position_));
      if (const auto checkpoint = checkpoint_in(content.substr(position_, *size))) {
        const ByteView covered = content.substr(verified_, position_ - verified_);
        if (checkpoint->length != covered.size() ||
            checkpoint->xxh64 != XXH64(covered.data(), covered.size(), 0)) {
          return false;
        }
        verified_ = position_ + *size;
      }
      position_ += *size;
    }
    return true;
  }
  [[nodiscard]] std::size_t verified() const { return verified_; }

 private:
  std::size_t position_ = 0;
  std::size_t verified_ = 0;
};

}  // namespace

struct Content::Decompressor {
  CPtr<ZSTD_DCtx, ZSTD_freeDCtx> context{ZSTD_createDCtx()};
};

/// Of a frame whose end has not been seen.
struct Content::Growth {
  FrameWalker walker;
  CheckpointChain chain;
  std::size_t consumed = 0;  // octets of the file
  std::size_t made = 0;      // octets of content
  std::size_t raw_verified = 0;
  bool good = true;
};

Content::Content()
    : buffer_(std::make_unique_for_overwrite<std::uint64_t[]>(kMaxFrameContent / 8)),
      decompressor_(std::make_unique<Decompressor>()) {}
Content::~Content() = default;

void Content::clear() {
  size_ = 0;
  growth_.reset();
}

bool Content::load_complete(ByteView frame) {
  clear();
  const std::size_t size = ZSTD_decompressDCtx(decompressor_->context.get(), data(),
                                               kMaxFrameContent, frame.data(), frame.size());
  const bool good = ZSTD_isError(size) == 0;
  if (good) size_ = size;
  work_ += good ? size : kMaxFrameContent;  // where it failed is not told
  return good;
}

std::size_t Content::load_verified(ByteView raw) {
  clear();
  return extend_verified(raw);
}

std::size_t Content::extend_verified(ByteView raw) {
  ZSTD_DCtx* context = decompressor_->context.get();
  if (!growth_) {
    growth_ = std::make_unique<Growth>();
    ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, std::bit_width(kMaxWindow) - 1);
  }
  Growth& growth = *growth_;
  ZSTD_inBuffer in{raw.data(), 0, growth.consumed};
  ZSTD_outBuffer out{data(), kMaxFrameContent, growth.made};
  // Block by block, to learn which octets of the file the last good checkpoint needed.
  while (growth.good && growth.walker.step(raw) == FrameWalker::State::kPart) {
    in.size = growth.walker.position();
    growth.good = ZSTD_isError(ZSTD_decompressStream(context, &out, &in)) == 0 && in.pos == in.size;
    if (!growth.good) break;
    growth.good = growth.chain.extend({data(), out.pos});
    if (growth.chain.verified() > size_) {
      size_ = growth.chain.verified();
      growth.raw_verified = in.size;
    }
  }
  work_ += out.pos - growth.made;
  growth.made = out.pos;
  growth.consumed = in.pos;
  return growth.raw_verified;
}

std::optional<std::uint64_t> Content::run_id() const {
  ByteView rest = bytes();
  while (const auto size = message_size(rest)) {
    if (*size == rest.size()) {
      const auto checkpoint = checkpoint_in(rest);
      return checkpoint ? std::optional(checkpoint->run_id) : std::nullopt;
    }
    rest.remove_prefix(*size);
  }
  return std::nullopt;
}

}  // namespace mitm::archive
