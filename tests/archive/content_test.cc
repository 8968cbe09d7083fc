#include "lib/archive/content.h"

#include <catch2/catch.hpp>

#include "lib/archive/message.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::Recording;

namespace {

std::size_t messages_in(const Content& content) {
  std::size_t count = 0;
  ByteView rest = content.bytes();
  while (const auto size = message_size(rest)) {
    rest.remove_prefix(*size);
    ++count;
  }
  CHECK(rest.empty());
  return count;
}

}  // namespace

TEST_CASE("a complete frame is loaded whole and ends with a checkpoint of its run") {
  Recording recording({.run_id = 99});
  recording.write(test::text(1000)).finish();
  Content content;
  REQUIRE(content.load_complete(recording.bytes()));
  CHECK(messages_in(content) == 5);  // header, checkpoint, body, end, checkpoint
  CHECK(content.run_id() == 99);
}

TEST_CASE("a complete frame with a wrong checksum is not loaded") {
  Recording recording;
  recording.write(test::text(1000)).finish();
  const Bytes frame = test::first_frame(recording.bytes());
  Content content;
  CHECK_FALSE(content.load_complete(test::flip_bit(frame, frame.size() - 1)));
  CHECK(content.bytes().empty());
}

TEST_CASE("an open frame is loaded up to its last checkpoint") {
  Recording recording;
  recording.write(test::text(1000)).flush();
  const std::size_t flushed = recording.bytes().size();
  // So much that a part reaches the file without a flush.
  for (unsigned i = 0; i < 16; ++i) recording.write(test::noise(60'000, i));
  Content content;
  CHECK(content.load_verified(recording.bytes()) > flushed);
  CHECK(content.load_verified(ByteView(recording.bytes()).substr(0, flushed)) == flushed);
  CHECK(messages_in(content) == 4);
  CHECK(content.load_verified(ByteView(recording.bytes()).substr(0, flushed + 1000)) == flushed);
  CHECK(content.load_verified(ByteView(recording.bytes()).substr(0, flushed - 1)) < flushed);
  CHECK(messages_in(content) == 2);
}

TEST_CASE("nothing is verified where there is no checkpoint") {
  const Recording recording;
  Content content;
  CHECK(content.load_verified(
            ByteView(recording.bytes()).substr(0, recording.bytes().size() - 1)) == 0);
  CHECK(content.bytes().empty());
  CHECK(content.load_verified("") == 0);
  CHECK(content.load_verified("something else entirely") == 0);
  CHECK_FALSE(content.run_id());
}

TEST_CASE("a changed bit in an open frame is noticed by the checkpoints") {
  Recording recording;
  recording.write(test::text(1000)).flush();
  const std::size_t flushed = recording.bytes().size();
  // Noise is stored as it is, so that what is changed decompresses without an error.
  recording.write(test::noise(5000, 1)).flush();
  Content content;
  CHECK(content.load_verified(test::flip_bit(recording.bytes(), flushed + 2000)) == flushed);
}
