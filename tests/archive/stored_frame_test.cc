#include "lib/archive/stored_frame.h"

#include <zstd.h>

#include <catch2/catch.hpp>

#include "lib/archive/frame_walker.h"
#include "tests/archive/recording.h"

using namespace mitm;
using archive::StoredFrame;

namespace {

Bytes decompress(const Bytes& frame) {
  Bytes content(2'000'000, '\0');
  const std::size_t size =
      ZSTD_decompress(content.data(), content.size(), frame.data(), frame.size());
  if (ZSTD_isError(size) != 0) return ZSTD_getErrorName(size);
  content.resize(size);
  return content;
}

struct Stored {
  std::shared_ptr<Bytes> bytes = std::make_shared<Bytes>();
  test::MemorySink sink{bytes};
  StoredFrame frame;

  Status write(ByteView content, bool last) { return frame.write(sink, {&content, 1}, last); }

  Bytes take() {
    archive::FrameWalker walker;
    CHECK(walker.walk(*bytes) == archive::FrameWalker::State::kComplete);
    return std::exchange(*bytes, {});
  }
};

}  // namespace

TEST_CASE("zstd reads stored frames, one after the other") {
  Stored stored;
  for (const std::size_t size : {0U, 1U, 131'071U, 131'072U, 131'073U, 1'048'576U}) {
    CAPTURE(size);
    const Bytes content = std::get<flow::BodyChunk>(test::noise(size, 1).event).data;
    REQUIRE(StoredFrame::begin(stored.sink));
    REQUIRE(stored.write(content, true));
    CHECK(decompress(stored.take()) == content);
  }
}

TEST_CASE("a stored frame is made of pieces") {
  Stored stored;
  REQUIRE(StoredFrame::begin(stored.sink));
  REQUIRE(stored.write("one ", false));
  CHECK(stored.bytes->ends_with("one "));
  REQUIRE(stored.write("", false));
  REQUIRE(stored.write("two", false));
  REQUIRE(stored.write("", true));
  CHECK(decompress(stored.take()) == "one two");
}

TEST_CASE("pieces become blocks wherever they begin and end") {
  Stored stored;
  const Bytes content = std::get<flow::BodyChunk>(test::noise(400'000, 1).event).data;
  const ByteView all = content;
  const ByteView pieces[] = {all.substr(0, 0),       all.substr(0, 7),
                             all.substr(7, 131'065), all.substr(131'072, 200'000),
                             all.substr(331'072, 0), all.substr(331'072)};
  REQUIRE(StoredFrame::begin(stored.sink));
  REQUIRE(stored.frame.write(stored.sink, pieces, false));
  REQUIRE(stored.frame.write(stored.sink, pieces, true));
  CHECK(decompress(stored.take()) == content + content);
}

TEST_CASE("zstd notices an octet of a stored frame that changed") {
  Stored stored;
  REQUIRE(StoredFrame::begin(stored.sink));
  REQUIRE(stored.write("something", true));
  Bytes frame = stored.take();
  frame[frame.find("thing")] = 'T';
  CHECK(decompress(frame) == "Restored data doesn't match checksum");
}
