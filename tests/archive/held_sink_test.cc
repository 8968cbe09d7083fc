#include "lib/archive/held_sink.h"

#include <catch2/catch.hpp>

#include "tests/support/memory_io.h"

using namespace mitm;
using archive::HeldSink;

namespace {

/// Takes nothing, and does not know how much it took before.
class BlindSink final : public ByteSink {
 public:
  explicit BlindSink(Code code) : code_(code) {}
  Status write(ByteView) override { return fail(code_, "no"); }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  Code code_;
};

/// Takes everything, but to no avail.
class TruncatedSink final : public ByteSink {
 public:
  explicit TruncatedSink(std::shared_ptr<Bytes> content) : content_(std::move(content)) {}
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return content_->size(); }
  Status write(ByteView bytes) override {
    content_->append(bytes);
    return fail(Code::kCorrupt, "was truncated");
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  std::shared_ptr<Bytes> content_;
};

struct Full {
  std::shared_ptr<Bytes> content = std::make_shared<Bytes>();
  test::FailingSink* disk = nullptr;
  HeldSink sink;

  explicit Full(std::size_t room) : sink(make(room)) {}

 private:
  std::unique_ptr<ByteSink> make(std::size_t room) {
    auto made = std::make_unique<test::FailingSink>(content, room);
    disk = made.get();
    return made;
  }
};

}  // namespace

TEST_CASE("a sink that takes everything holds nothing") {
  Full full(100);
  REQUIRE(full.sink.write("abc"));
  CHECK(full.content->empty());
  CHECK_FALSE(full.sink.is_empty());
  full.sink.flush();
  CHECK(full.sink.status());
  CHECK(full.sink.is_empty());
  CHECK(*full.content == "abc");
}

TEST_CASE("whole blocks are written where blocks begin, as soon as they are there") {
  Full full(10'000'000);
  REQUIRE(full.sink.write("abc"));
  full.sink.flush();
  REQUIRE(full.sink.write(Bytes(2 * HeldSink::kBlock, 'x')));
  CHECK(full.content->size() == 2 * HeldSink::kBlock);
  full.sink.flush();
  CHECK(full.content->size() == 2 * HeldSink::kBlock + 3);
}

TEST_CASE("of several pieces what a full disk does not take is held too") {
  Full full(4);
  const ByteView pieces[] = {"ab", "", "cdef", "gh"};
  REQUIRE(full.sink.write_pieces(pieces));
  full.sink.flush();
  CHECK_FALSE(full.sink.status());
  CHECK(*full.content == "abcd");
  full.disk->make_room(100);
  REQUIRE(full.sink.retry());
  CHECK(*full.content == "abcdefgh");
}

TEST_CASE("what a full disk does not take is held, and follows octet by octet when there is room") {
  Full full(4);
  REQUIRE(full.sink.write("abcdef"));
  full.sink.flush();
  CHECK(full.sink.status().error().message == "write memory: No space left on device");
  REQUIRE(full.sink.write("ghi"));
  CHECK(*full.content == "abcd");
  CHECK_FALSE(full.sink.retry());
  full.disk->make_room(3);
  CHECK_FALSE(full.sink.retry());
  CHECK(*full.content == "abcdefg");
  full.disk->make_room(100);
  REQUIRE(full.sink.retry());
  CHECK(full.sink.status());
  REQUIRE(full.sink.write("jkl"));
  full.sink.flush();
  CHECK(*full.content == "abcdefghijkl");
}

TEST_CASE("a sink that cannot tell what it took stays failed") {
  HeldSink sink(std::make_unique<BlindSink>(Code::kIo));
  REQUIRE(sink.write("abc"));
  sink.flush();
  CHECK(sink.retry().error().message == "no");
}

TEST_CASE("a pipe without a reader stays failed") {
  HeldSink sink(std::make_unique<test::FailingSink>(std::make_shared<Bytes>(), 0));
  REQUIRE(sink.write("abc"));
  sink.flush();
  CHECK(sink.retry().error().code == Code::kIo);
  HeldSink pipe(std::make_unique<BlindSink>(Code::kCancelled));
  REQUIRE(pipe.write("abc"));
  pipe.flush();
  CHECK(pipe.retry().error().code == Code::kCancelled);
}

TEST_CASE("what was to follow what is not there any more is not written, nor held") {
  auto content = std::make_shared<Bytes>();
  HeldSink sink(std::make_unique<TruncatedSink>(content));
  REQUIRE(sink.write("abc"));
  sink.flush();
  REQUIRE(sink.write("def"));
  CHECK(sink.retry().error().code == Code::kCorrupt);
  CHECK(sink.is_empty());
  CHECK(*content == "abc");
}
