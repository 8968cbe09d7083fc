#include "lib/archive/frame_walker.h"

#include <zstd.h>

#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "lib/base/c_ptr.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using State = FrameWalker::State;

namespace {

struct FrameOptions {
  int checksum = 1;
  int window_log = 20;
  bool declare_size = false;
};

Bytes compressed(const Bytes& content, FrameOptions options = {}) {
  const CPtr<ZSTD_CCtx, ZSTD_freeCCtx> context(ZSTD_createCCtx());
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, options.checksum);
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_windowLog, options.window_log);
  if (options.declare_size) ZSTD_CCtx_setPledgedSrcSize(context.get(), content.size());
  Bytes frame(ZSTD_compressBound(content.size()), '\0');
  ZSTD_inBuffer in{content.data(), content.size(), 0};
  ZSTD_outBuffer out{frame.data(), frame.size(), 0};
  if (!options.declare_size) ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush);
  REQUIRE(ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_end) == 0);
  frame.resize(out.pos);
  return frame;
}

Bytes octets(const flow::Record& record) { return std::get<flow::BodyChunk>(record.event).data; }

}  // namespace

TEST_CASE("the walker finds the end that zstd finds") {
  const Bytes noise = octets(test::noise(300'000, 1));
  const Bytes text = octets(test::text(300'000));
  for (const Bytes& content : {Bytes(), Bytes("short"), noise, text, Bytes(300'000, 'r')}) {
    for (const bool declare : {false, true}) {
      const Bytes frame = compressed(content, {.declare_size = declare});
      FrameWalker walker;
      CHECK(walker.walk(frame + "following") == State::kComplete);
      CHECK(walker.position() == frame.size());
      CHECK(ZSTD_findFrameCompressedSize(frame.data(), frame.size()) == frame.size());
    }
  }
}

TEST_CASE("a frame that comes octet by octet is walked as one that comes whole") {
  const Bytes frame = compressed(octets(test::text(3'000)) + octets(test::noise(200, 1)));
  FrameWalker walker;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    REQUIRE(walker.walk(ByteView(frame).substr(0, size)) == State::kMore);
    REQUIRE(walker.position() <= size);
  }
  CHECK(walker.walk(frame) == State::kComplete);
}

TEST_CASE("frames that no writer of ours makes are broken") {
  FrameWalker large_window;
  CHECK(large_window.walk(compressed("x", {.window_log = 24})) == State::kBroken);
  FrameWalker no_checksum;
  CHECK(no_checksum.walk(compressed("x", {.checksum = 0})) == State::kBroken);
  FrameWalker large_content;
  CHECK(large_content.walk(compressed(Bytes(kMaxFrameContent + 1, 'x'), {.declare_size = true})) ==
        State::kBroken);
  FrameWalker other;
  CHECK(other.walk("plain text") == State::kBroken);
}

TEST_CASE("a frame without an end is broken at some point") {
  Bytes frame = compressed("x").substr(0, 6);
  while (frame.size() < 2 * kMaxFrameSize) frame += Bytes(3, '\0');  // empty raw blocks
  FrameWalker walker;
  CHECK(walker.walk(frame) == State::kBroken);
}

TEST_CASE("magic numbers are told apart") {
  CHECK(magic_of("\x28\xB5\x2F\xFD") == Magic::kData);
  CHECK(magic_of("\x50\x2A\x4D\x18") == Magic::kSkippable);
  CHECK(magic_of("\x5F\x2A\x4D\x18") == Magic::kSkippable);
  CHECK(magic_of("\x60\x2A\x4D\x18") == Magic::kNone);
  CHECK(magic_of("\x28\xB5\x2F") == Magic::kNone);
}

TEST_CASE("a skippable frame tells its size, header included") {
  CHECK(skippable_size({"\x50\x2A\x4D\x18\x05\x00\x00\x00", 8}) == 13);
  CHECK(skippable_size("\x50\x2A\x4D\x18\xFF\xFF\xFF\xFF") == 0x100000007);
}
