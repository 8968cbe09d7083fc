#pragma once

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <string>
#include <string_view>

/// Content codings the other way, to make what decoders undo.
namespace mitm::test {

/// `window_bits` as zlib has it: 15 zlib, 31 gzip, -15 raw.
inline std::string deflate(std::string_view plain, int window_bits) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY) ==
          Z_OK);
  std::string coded(deflateBound(&stream, plain.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(coded.data());
  stream.avail_out = static_cast<uInt>(coded.size());
  REQUIRE(::deflate(&stream, Z_FINISH) == Z_STREAM_END);
  coded.resize(stream.total_out);
  deflateEnd(&stream);
  return coded;
}

inline std::string gzip(std::string_view plain) { return deflate(plain, 31); }

inline std::string brotli(std::string_view plain) {
  std::size_t size = BrotliEncoderMaxCompressedSize(plain.size()) + 64;
  std::string coded(size, '\0');
  REQUIRE(BrotliEncoderCompress(4, 22, BROTLI_MODE_GENERIC, plain.size(),
                                reinterpret_cast<const std::uint8_t*>(plain.data()), &size,
                                reinterpret_cast<std::uint8_t*>(coded.data())) == BROTLI_TRUE);
  coded.resize(size);
  return coded;
}

/// With a window of 2^`window_log` octets declared, whatever the size.
inline std::string zstd(std::string_view plain, int window_log = 20) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  std::string coded(ZSTD_compressBound(plain.size()) + 64, '\0');
  // Streamed in two steps: with one the library would shrink the window to the size.
  ZSTD_outBuffer out{.dst = coded.data(), .size = coded.size(), .pos = 0};
  ZSTD_inBuffer in{.src = plain.data(), .size = plain.size(), .pos = 0};
  ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
  REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  coded.resize(out.pos);
  return coded;
}

}  // namespace mitm::test
