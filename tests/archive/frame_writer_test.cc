#include "lib/archive/frame_writer.h"

#include <catch2/catch.hpp>

#include <utility>

#include "tests/archive/recording.h"

using namespace mitm;
using archive::FrameWriter;
using Method = archive::FrameWriter::Method;
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

TEST_CASE("after a frame that did not compress frames are stored, but for a probe now and then") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  const Bytes content = octets(test::noise(50'000, 1));
  Bytes methods;
  for (int i = 0; i < 67; ++i) {
    methods += "012"[std::to_underlying(writer.method())];
    REQUIRE(writer.write(content, Then::kEnd));
  }
  CHECK(methods == "0" + Bytes(31, '2') + "1" + Bytes(31, '2') + "1" + "22");
}

TEST_CASE("a probe that compresses ends the storing") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  for (unsigned i = 0; i < 32; ++i) {
    REQUIRE(writer.write(octets(test::noise(50'000, i)), Then::kEnd));
  }
  REQUIRE(writer.method() == Method::kProbe);
  const Bytes again = octets(test::noise(50'000, 1));
  REQUIRE(writer.write(again + again, Then::kEnd));
  CHECK(writer.method() == Method::kCompress);
}

TEST_CASE("text is not stored after noise") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  REQUIRE(writer.write(octets(test::noise(50'000, 1)), Then::kEnd));
  REQUIRE(writer.method() == Method::kStore);
  REQUIRE(writer.write(octets(test::noise(50'000, 2)), Then::kFlush));
  const Bytes text = octets(test::text(50'000));
  REQUIRE_FALSE(writer.admits(text));
  REQUIRE(writer.write({}, Then::kEnd));
  const std::size_t before = frames.content->size();
  REQUIRE(writer.write(text, Then::kFlush));
  CHECK(writer.method() == Method::kCompress);
  CHECK(frames.content->size() - before < 10'000);
}

TEST_CASE("a little text among noise is stored") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  REQUIRE(writer.write(octets(test::noise(50'000, 1)), Then::kEnd));
  const Bytes head = octets(test::text(10'000));
  for (int i = 0; i < 3; ++i) {
    REQUIRE(writer.admits(head));
    REQUIRE(writer.write(head, Then::kFlush));
    CHECK(writer.method() == Method::kStore);
  }
  CHECK_FALSE(writer.admits(head));
}

TEST_CASE("another level holds from the next frame on") {
  Frames frames;
  FrameWriter writer(frames.sink, 3);
  const Bytes text = octets(test::text(50'000));
  REQUIRE(writer.write(text, Then::kFlush));
  writer.set_level(FrameWriter::kStoreLevel);
  REQUIRE(writer.write(text, Then::kEnd));
  CHECK(frames.content->size() < 5'000);
  REQUIRE(writer.write(text, Then::kFlush));
  CHECK(writer.admits(text));
  writer.set_level(3);
  REQUIRE(writer.write(text, Then::kEnd));
  const std::size_t before = frames.content->size();
  CHECK(before > 100'000);
  REQUIRE(writer.write(text, Then::kEnd));
  CHECK(frames.content->size() - before < 5'000);
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
