#include "lib/wire/content_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lib/wire/char_class.h"
#include "lib/wire/content_stages.h"
#include "lib/wire/oddity_log.h"

namespace mitm::wire {
namespace {

Result<std::unique_ptr<CodingStage>> make_stage(ByteView coding, const ContentLimits& limits) {
  if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return make_gzip_stage();
  if (same_word(coding, "deflate")) return make_deflate_stage();
  if (same_word(coding, "br")) return make_brotli_stage();
  if (same_word(coding, "zstd")) return make_zstd_stage(limits.max_zstd_window_log);
  return fail(Code::kUnsupported, fmt::format("content coding not supported: {}", excerpt(coding)));
}

}  // namespace

ContentDecoder::ContentDecoder() = default;
ContentDecoder::ContentDecoder(ContentDecoder&&) noexcept = default;
ContentDecoder& ContentDecoder::operator=(ContentDecoder&&) noexcept = default;
ContentDecoder::~ContentDecoder() = default;

Result<ContentDecoder> ContentDecoder::create(ByteView content_encoding,
                                              const ContentLimits& limits) {
  ContentDecoder decoder;
  decoder.max_output_ = limits.max_output;
  for (ByteView rest = content_encoding; !rest.empty();) {
    const ByteView coding = trim(cut_item(rest, ','));
    if (coding.empty() || same_word(coding, "identity")) continue;
    if (decoder.stages_.size() == limits.max_codings) {
      return fail(Code::kLimit, fmt::format("more than {} content codings", limits.max_codings));
    }
    auto stage = make_stage(coding, limits);
    if (!stage) return std::unexpected(std::move(stage).error());
    decoder.stages_.push_back(*std::move(stage));
  }
  // Codings are listed in the order in which they were applied.
  std::ranges::reverse(decoder.stages_);
  decoder.produced_.resize(decoder.stages_.size());
  return decoder;
}

Status ContentDecoder::decode_from(std::size_t stage, ByteView input, const ByteConsumer& out) {
  if (stage == stages_.size()) {
    enough_ = !out(input);
    return {};
  }
  Status later;
  Status here = stages_[stage]->decode(input, [&](ByteView piece) {
    const std::uint64_t allowed = max_output_ - produced_[stage];
    produced_[stage] += std::min<std::uint64_t>(piece.size(), allowed);
    later = decode_from(
        stage + 1,
        piece.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), allowed))),
        out);
    if (later && piece.size() > allowed) {
      later = fail(Code::kLimit, fmt::format("decoded content exceeds {} octets", max_output_));
    }
    return later.has_value() && !enough_;
  });
  return later ? here : later;
}

Status ContentDecoder::feed(ByteView input, const ByteConsumer& out) {
  for (ByteView rest = input; !rest.empty() && status_ && !enough_;) {
    const ByteView piece = rest.substr(0, kCodingBuffer);
    rest.remove_prefix(piece.size());
    status_ = decode_from(0, piece, out);
  }
  return status_;
}

Status ContentDecoder::finish() {
  if (enough_) return status_;
  for (const auto& stage : stages_) {
    if (status_) status_ = stage->finish();
  }
  return status_;
}

}  // namespace mitm::wire
