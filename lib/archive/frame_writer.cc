#include "lib/archive/frame_writer.h"

#include <fmt/format.h>
#include <zstd.h>

#include <bit>

#include "lib/archive/format.h"
#include "lib/base/c_ptr.h"

// Content that does not compress (images, video, what is compressed already) costs a third less
// time at the fast level and comes out no larger. One frame in kFastFrames + 1 finds out whether
// that is over.

namespace mitm::archive {
namespace {

constexpr int kFastLevel = -1;
constexpr int kFastFrames = 15;
constexpr double kPoorRatio = 1.05;
constexpr int kWindowLog = std::bit_width(kMaxFrameContent) - 1;

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
    : sink_(sink),
      level_(level),
      frame_level_(level),
      compressor_(std::make_unique<Compressor>()) {}

FrameWriter::~FrameWriter() = default;

Status FrameWriter::write(ByteView content, Then then) {
  if (content_ == 0) MITM_TRY(begin());
  content_ += content.size();
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
  if (then == Then::kEnd) choose_level();
  return {};
}

Status FrameWriter::begin() {
  ZSTD_CCtx* context = compressor_->context.get();
  if (context == nullptr) return fail(Code::kLimit, "compress: out of memory");
  const std::size_t results[] = {
      ZSTD_CCtx_reset(context, ZSTD_reset_session_only),
      ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, frame_level_),
      ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1),
      ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, kWindowLog),
  };
  for (const std::size_t result : results) {
    if (ZSTD_isError(result) != 0) return zstd_error(result);
  }
  return {};
}

void FrameWriter::choose_level() {
  const bool poor = static_cast<double>(content_) < kPoorRatio * static_cast<double>(compressed_);
  content_ = 0;
  compressed_ = 0;
  if (!poor) {
    fast_frames_left_ = 0;
  } else if (fast_frames_left_ > 0) {
    --fast_frames_left_;
  } else if (frame_level_ == level_ && level_ > kFastLevel) {
    fast_frames_left_ = kFastFrames;
  }
  frame_level_ = fast_frames_left_ > 0 ? kFastLevel : level_;
}

}  // namespace mitm::archive
