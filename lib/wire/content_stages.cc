#include "lib/wire/content_stages.h"

#include <brotli/decode.h>
#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "lib/base/c_ptr.h"

namespace mitm::wire {
namespace {

Status corrupt(std::string_view coding, std::string_view cause) {
  return fail(Code::kCorrupt, fmt::format("{}: {}", coding, cause));
}

Status cut_short(std::string_view coding) { return corrupt(coding, "the data ends too early"); }
Status data_after_end(std::string_view coding) { return corrupt(coding, "data follows the end"); }

/// gzip and both kinds of deflate.
class InflateStage final : public CodingStage {
 public:
  explicit InflateStage(bool gzip) : gzip_(gzip), buffer_(kCodingBuffer) {}
  InflateStage(const InflateStage&) = delete;
  InflateStage& operator=(const InflateStage&) = delete;
  ~InflateStage() override {
    if (opened_) inflateEnd(&stream_);
  }

  Status decode(ByteView input, const ByteConsumer& out) override;
  [[nodiscard]] Status finish() const override {
    return pending_.empty() && (!opened_ || ended_) ? Status{} : cut_short(name());
  }

 private:
  [[nodiscard]] std::string_view name() const { return gzip_ ? "gzip" : "deflate"; }
  [[nodiscard]] int window_bits() const;
  Status open();
  Status inflate_all(ByteView input, const ByteConsumer& out);

  const bool gzip_;
  std::vector<char> buffer_;
  Bytes pending_;  ///< first octets, until there are enough to tell the kinds of deflate apart
  z_stream stream_{};
  bool opened_ = false;
  bool ended_ = false;
};

/// RFC 1950, section 2.2: method 8, and a check that a raw stream passes only by accident.
int InflateStage::window_bits() const {
  if (gzip_) return MAX_WBITS + 16;
  const auto first = static_cast<unsigned char>(pending_[0]);
  const auto second = static_cast<unsigned char>(pending_[1]);
  const bool wrapped = (first & 0x0f) == Z_DEFLATED && (first * 256 + second) % 31 == 0;
  return wrapped ? MAX_WBITS : -MAX_WBITS;
}

Status InflateStage::open() {
  if (inflateInit2(&stream_, window_bits()) != Z_OK)
    return fail(Code::kLimit, "zlib: out of memory");
  opened_ = true;
  return {};
}

Status InflateStage::decode(ByteView input, const ByteConsumer& out) {
  if (opened_) return inflate_all(input, out);
  pending_.append(input);
  if (pending_.size() < 2) return {};
  MITM_TRY(open());
  const Bytes first = std::exchange(pending_, {});
  return inflate_all(first, out);
}

Status InflateStage::inflate_all(ByteView input, const ByteConsumer& out) {
  constexpr std::size_t kMaxStep = std::numeric_limits<uInt>::max();
  bool output_full = false;
  while (!input.empty() || output_full) {
    if (ended_) {
      if (!gzip_ || input.front() != '\x1f') return data_after_end(name());
      inflateReset(&stream_);
      ended_ = false;
    }
    const std::size_t step = std::min(input.size(), kMaxStep);
    stream_.next_in =
        reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib does not write
    stream_.avail_in = static_cast<uInt>(step);
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(step - stream_.avail_in);
    const std::size_t produced = buffer_.size() - stream_.avail_out;
    if (produced > 0 && !out(ByteView(buffer_.data(), produced))) return {};
    ended_ = result == Z_STREAM_END;
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
      return corrupt(name(), stream_.msg != nullptr ? stream_.msg : "invalid data");
    }
    output_full = !ended_ && stream_.avail_out == 0;
  }
  return {};
}

class BrotliStage final : public CodingStage {
 public:
  BrotliStage()
      : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)), buffer_(kCodingBuffer) {}

  Status decode(ByteView input, const ByteConsumer& out) override;
  [[nodiscard]] Status finish() const override {
    return BrotliDecoderIsUsed(state_.get()) == BROTLI_FALSE || ended_ ? Status{} : cut_short("br");
  }

 private:
  CPtr<BrotliDecoderState, BrotliDecoderDestroyInstance> state_;
  std::vector<char> buffer_;
  bool ended_ = false;
};

Status BrotliStage::decode(ByteView input, const ByteConsumer& out) {
  if (state_ == nullptr) return fail(Code::kLimit, "br: out of memory");
  bool output_full = false;
  while (!input.empty() || output_full) {
    if (ended_) return data_after_end("br");
    std::size_t available_in = input.size();
    const auto* next_in = reinterpret_cast<const std::uint8_t*>(input.data());
    std::size_t available_out = buffer_.size();
    auto* next_out = reinterpret_cast<std::uint8_t*>(buffer_.data());
    const BrotliDecoderResult result = BrotliDecoderDecompressStream(
        state_.get(), &available_in, &next_in, &available_out, &next_out, nullptr);
    input.remove_prefix(input.size() - available_in);
    const std::size_t produced = buffer_.size() - available_out;
    if (produced > 0 && !out(ByteView(buffer_.data(), produced))) return {};
    ended_ = result == BROTLI_DECODER_RESULT_SUCCESS;
    if (result == BROTLI_DECODER_RESULT_ERROR) {
      return corrupt("br", BrotliDecoderErrorString(BrotliDecoderGetErrorCode(state_.get())));
    }
    output_full = result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
  }
  return {};
}

class ZstdStage final : public CodingStage {
 public:
  explicit ZstdStage(unsigned max_window_log)
      : context_(ZSTD_createDCtx()), buffer_(kCodingBuffer) {
    if (context_ != nullptr) {
      ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, static_cast<int>(max_window_log));
    }
  }

  Status decode(ByteView input, const ByteConsumer& out) override;
  [[nodiscard]] Status finish() const override {
    return between_frames_ ? Status{} : cut_short("zstd");
  }

 private:
  CPtr<ZSTD_DCtx, ZSTD_freeDCtx> context_;
  std::vector<char> buffer_;
  bool between_frames_ = true;
};

Status ZstdStage::decode(ByteView input, const ByteConsumer& out) {
  if (context_ == nullptr) return fail(Code::kLimit, "zstd: out of memory");
  ZSTD_inBuffer source{.src = input.data(), .size = input.size(), .pos = 0};
  bool output_full = false;
  while (source.pos < source.size || output_full) {
    ZSTD_outBuffer target{.dst = buffer_.data(), .size = buffer_.size(), .pos = 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &target, &source);
    if (target.pos > 0 && !out(ByteView(buffer_.data(), target.pos))) return {};
    if (ZSTD_isError(result) != 0) {
      const bool window = ZSTD_getErrorCode(result) == ZSTD_error_frameParameter_windowTooLarge;
      return fail(window ? Code::kLimit : Code::kCorrupt,
                  fmt::format("zstd: {}", ZSTD_getErrorName(result)));
    }
    between_frames_ = result == 0;
    output_full = !between_frames_ && target.pos == target.size;
  }
  return {};
}

}  // namespace

std::unique_ptr<CodingStage> make_gzip_stage() { return std::make_unique<InflateStage>(true); }
std::unique_ptr<CodingStage> make_deflate_stage() { return std::make_unique<InflateStage>(false); }
std::unique_ptr<CodingStage> make_brotli_stage() { return std::make_unique<BrotliStage>(); }
std::unique_ptr<CodingStage> make_zstd_stage(unsigned max_window_log) {
  return std::make_unique<ZstdStage>(max_window_log);
}

}  // namespace mitm::wire
