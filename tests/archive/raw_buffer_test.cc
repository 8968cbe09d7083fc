#include "lib/archive/raw_buffer.h"

#include <catch2/catch.hpp>

#include "tests/support/memory_io.h"

using namespace mitm;
using archive::RawBuffer;

namespace {

class BrokenSource final : public ByteSource {
 public:
  Result<std::size_t> read(std::span<char>) override {
    return fail(Code::kIo, "read disk: Input/output error");
  }
};

}  // namespace

TEST_CASE("the buffer reads as much as is asked for, however the source hands it out") {
  Bytes content;
  for (int i = 0; i < 100'000; ++i) content += static_cast<char>(i % 251);
  for (const std::size_t step : {std::size_t{1}, std::size_t{777}, content.size()}) {
    RawBuffer buffer(std::make_unique<test::MemorySource>(content, step));
    std::size_t position = 0;
    while (position + 997 < content.size()) {
      REQUIRE(buffer.fill(997).value());
      REQUIRE(buffer.view().substr(0, 997) == ByteView(content).substr(position, 997));
      REQUIRE(buffer.offset() == position);
      buffer.consume(997);
      position += 997;
    }
    CHECK_FALSE(buffer.fill(997).value());
    CHECK(buffer.view() == ByteView(content).substr(position));
  }
}

TEST_CASE("the buffer hands on what the source says") {
  RawBuffer buffer(std::make_unique<BrokenSource>());
  CHECK(buffer.fill(1).error().message == "read disk: Input/output error");
}
