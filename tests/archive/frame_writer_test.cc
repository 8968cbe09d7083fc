#include "lib/archive/frame_writer.h"

#include <catch2/catch.hpp>

#include "tests/archive/recording.h"

using namespace mitm;
using archive::FrameWriter;
using Then = archive::FrameWriter::Then;

namespace {

struct Frames {
  std::shared_ptr<Bytes> content = std::make_shared<Bytes>();
  test::MemorySink sink{content};
};

Bytes octets(const flow::Record& record) { return std::get<flow::BodyChunk>(record.event).data; }

}  // namespace

TEST_CASE("a flush brings everything to the sink, going on does not") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  REQUIRE(writer.write("something", Then::kContinue));
  CHECK(frames.content->empty());
  REQUIRE(writer.write(" more", Then::kFlush));
  CHECK_FALSE(frames.content->empty());
  CHECK(writer.content() == 14);
  REQUIRE(writer.write("", Then::kEnd));
  CHECK(writer.content() == 0);
}

TEST_CASE("after a frame that did not compress the level drops, but for a try now and then") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  const Bytes noise = octets(test::noise(50'000, 1));
  int normal = 0;
  for (int i = 0; i < 33; ++i) {
    if (writer.level() == 3) ++normal;
    REQUIRE(writer.write(noise, Then::kEnd));
  }
  CHECK(normal == 3);
}

TEST_CASE("a fast frame that does compress restores the level at once") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  REQUIRE(writer.write(octets(test::noise(50'000, 1)), Then::kEnd));
  CHECK(writer.level() == -1);
  REQUIRE(writer.write(octets(test::text(50'000)), Then::kEnd));
  CHECK(writer.level() == 3);
}

TEST_CASE("a level that is fast already is kept") {
  Frames frames;
  FrameWriter writer(frames.sink, -5);
  REQUIRE(writer.write(octets(test::noise(50'000, 1)), Then::kEnd));
  CHECK(writer.level() == -5);
}

TEST_CASE("a failing sink fails the write") {
  auto content = std::make_shared<Bytes>();
  test::FailingSink sink(content, 10);
  FrameWriter writer(sink, 3);
  const Status status = writer.write(octets(test::noise(1000, 1)), Then::kFlush);
  REQUIRE_FALSE(status);
  CHECK(status.error().message == "write memory: No space left on device");
  CHECK(content->size() == 10);
}
