#include "lib/archive/frame_writer.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

#include "lib/archive/compressible.h"
#include "lib/archive/format.h"
#include "lib/base/c_ptr.h"

namespace mitm::archive {
namespace {

/// One frame in kFramesToStore + 1 finds out whether content repeats itself again; whether it is
/// text again is seen before it is stored.
constexpr int kFramesToStore = 31;
constexpr int kProbeLevel = 1;
constexpr double kPoorRatio = 1.05;
/// A frame may hold so much text (heads among images) that is only stored.
constexpr std::size_t kTolerated = kMaxFrameContent / 32;

std::unexpected<Error> zstd_error(std::size_t code) {
  return fail(Code::kIo, fmt::format("compress: {}", ZSTD_getErrorName(code)));
}

ZSTD_EndDirective directive(FrameWriter::Then then) {
  switch (then) {
    case FrameWriter::Then::kContinue:
      return ZSTD_e_continue;
    case FrameWriter::Then::kFlush:
      return ZSTD_e_flush;
    case FrameWriter::Then::kEnd:
      break;
  }
  return ZSTD_e_end;
}

}  // namespace

struct FrameWriter::Compressor {
  CPtr<ZSTD_CCtx, ZSTD_freeCCtx> context{ZSTD_createCCtx()};
  std::size_t size = ZSTD_CStreamOutSize();
  std::unique_ptr<char[]> output = std::make_unique_for_overwrite<char[]>(size);
};

FrameWriter::FrameWriter(ByteSink& sink, int level)
    : sink_(sink), level_(level), compressor_(std::make_unique<Compressor>()) {}

FrameWriter::~FrameWriter() = default;

Status FrameWriter::write(ByteView content, Then then) {
  if (content_ == 0) MITM_TRY(begin(content));
  content_ += content.size();
  if (!stores()) {
    MITM_TRY(compress(content, then));
  } else {
    MITM_TRY(stored_.write(sink_, {&content, 1}, then == Then::kEnd));
  }
  if (then == Then::kEnd) choose_method();
  return {};
}

bool FrameWriter::would_store(ByteView content) const {
  return content_ > 0 ? stores() : method_ == Method::kStore && !is_compressible(content);
}

Status FrameWriter::write_pieces(std::span<const ByteView> pieces) {
  if (content_ == 0) MITM_TRY(begin({}));
  for (const ByteView piece : pieces) content_ += piece.size();
  return stored_.write(sink_, pieces, false);
}

bool FrameWriter::admits(ByteView message) {
  if (hurries_ || method_ != Method::kStore || !is_compressible(message)) return true;
  stored_in_vain_ += message.size();
  return stored_in_vain_ <= kTolerated;
}

Status FrameWriter::begin(ByteView content) {
  compressed_ = 0;
  hurries_ = level_ == kStoreLevel;
  if (method_ == Method::kStore && content.size() > kTolerated && is_compressible(content))
    method_ = Method::kCompress;
  return stores() ? StoredFrame::begin(sink_) : begin_compressed();
}

Status FrameWriter::begin_compressed() {
  ZSTD_CCtx* context = compressor_->context.get();
  if (context == nullptr) return fail(Code::kLimit, "compress: out of memory");
  const int level = method_ == Method::kProbe ? std::min(level_, kProbeLevel) : level_;
  const std::size_t results[] = {
      ZSTD_CCtx_reset(context, ZSTD_reset_session_only),
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level),
      ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1),
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kWindowLog),
  };
  for (const std::size_t result : results) {
    if (ZSTD_isError(result) != 0) return zstd_error(result);
  }
  return {};
}

Status FrameWriter::compress(ByteView content, Then then) {
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  bool done = false;
  while (!done) {
    ZSTD_outBuffer out{compressor_->output.get(), compressor_->size, 0};
    const std::size_t left =
        ZSTD_compressStream2(compressor_->context.get(), &out, &in, directive(then));
    if (ZSTD_isError(left) != 0) return zstd_error(left);
    if (out.pos > 0) MITM_TRY(sink_.write({compressor_->output.get(), out.pos}));
    compressed_ += out.pos;
    done = then == Then::kContinue ? in.pos == in.size : left == 0;
  }
  return {};
}

void FrameWriter::choose_method() {
  const bool is_poor =
      static_cast<double>(content_) < kPoorRatio * static_cast<double>(compressed_);
  content_ = 0;
  stored_in_vain_ = 0;
  if (std::exchange(hurries_, false)) return;
  if (method_ == Method::kStore) {
    if (--frames_to_store_ == 0) method_ = Method::kProbe;
  } else if (is_poor) {
    method_ = Method::kStore;
    frames_to_store_ = kFramesToStore;
  } else {
    method_ = Method::kCompress;
  }
}

}  // namespace mitm::archive
