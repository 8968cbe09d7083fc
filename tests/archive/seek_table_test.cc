#include "lib/archive/seek_table.h"

#include <catch2/catch.hpp>

#include <fstream>

#include "tests/archive/recording.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using archive::SeekTable;

namespace {

struct Written {
  explicit Written(const Bytes& content) {
    std::ofstream(folder.path() / "x", std::ios::binary) << content;
    file = archive::RandomFile::open(folder.path() / "x").value();
  }
  [[nodiscard]] std::optional<archive::SeekTableFacts> facts() const {
    return archive::read_seek_table(*file, file->size()).value();
  }
  test::TempDir folder;
  std::optional<archive::RandomFile> file;
};

Bytes table() {
  SeekTable table;
  table.add(100, 4000);
  table.add(50, 0);
  table.add(30, 0);
  return table.encode();
}

}  // namespace

TEST_CASE("a seek table is laid out as zstd's seekable format says") {
  SeekTable table;
  table.add(0x01020304, 0x0A0B0C0D);
  CHECK(table.encode() == Bytes("\x5E\x2A\x4D\x18\x11\0\0\0"
                                "\x04\x03\x02\x01\x0D\x0C\x0B\x0A"
                                "\x01\0\0\0\0\xB1\xEA\x92\x8F",
                                25));
}

TEST_CASE("a seek table tells where its archive and its last frame begin") {
  const auto facts = Written(Bytes(1000, 'x') + table()).facts();
  REQUIRE(facts);
  CHECK(facts->begin == 1000);
  CHECK(facts->base == 820);
  CHECK(facts->last_frame == 970);
  CHECK(facts->data_frames == 1);
}

TEST_CASE("what cannot be a seek table is none") {
  CHECK_FALSE(Written("").facts());
  CHECK_FALSE(Written("short").facts());
  CHECK_FALSE(Written(Bytes(1000, 'x')).facts());
  CHECK_FALSE(Written(Bytes(179, 'x') + table()).facts());  // more octets than there are
  const Bytes whole = Bytes(1000, 'x') + table();
  for (const std::size_t from_end : {1U, 2U, 3U, 4U, 5U, 6U, 9U, 9U + 24 + 1, 9U + 24 + 5})
    CHECK_FALSE(Written(test::flip_bit(whole, whole.size() - from_end)).facts());
  CHECK_FALSE(Written(SeekTable().encode()).facts());  // of no frames
}
