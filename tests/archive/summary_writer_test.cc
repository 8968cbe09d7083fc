#include "lib/archive/summary_writer.h"

#include <catch2/catch.hpp>

#include "lib/archive/format.h"
#include "lib/archive/frame_walker.h"
#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;

namespace {

struct Written {
  std::shared_ptr<Bytes> bytes = std::make_shared<Bytes>();
  test::MemorySink sink{bytes};
  CountingSink counted{sink};
  SummaryWriter writer{counted};

  /// A data frame of which nothing matters but its size.
  void frame(std::size_t size) {
    REQUIRE(counted.write(Bytes(size, 'd')));
    REQUIRE(writer.end_frame(1000));
  }
};

}  // namespace

TEST_CASE("an index stands behind its data frame and tells its size") {
  Written written;
  written.writer.add({.flow = 4, .event = flow::FlowEnd{}});
  written.frame(100);
  SummaryDecoder decoder;
  const auto facts = decoder.index(ByteView(*written.bytes).substr(100));
  REQUIRE(facts);
  CHECK(facts->frame_size == 100);
  CHECK(facts->content_size == 1000);
  CHECK(decoder.rows() == 1);
  CHECK(decoder.row(0)->flow.id == 4);
}

TEST_CASE("directories lead back to each other and to each index") {
  Written written;
  const std::size_t frames = kDirectoryEntries + 5;
  for (std::size_t i = 0; i < frames; ++i) written.frame(10);
  CHECK(written.writer.will_finish());
  REQUIRE(written.writer.finish());
  const Bytes& all = *written.bytes;
  // The last two frames are the directory and the seek table, whose last entry is the directory's.
  const std::size_t table = 8 + 9 + 8 * (2 * frames + 2);
  const std::size_t begin = all.size() - table;
  CHECK(is_seek_table(ByteView(all).substr(begin)));
  std::size_t at = begin - static_cast<unsigned char>(all[all.size() - 9 - 8]) -
                   256UL * static_cast<unsigned char>(all[all.size() - 9 - 7]);
  SummaryDecoder decoder;
  const auto last = decoder.directory(ByteView(all).substr(at, begin - at));
  REQUIRE(last);
  CHECK(last->entries.size() == 5);
  at -= last->previous;
  const auto first =
      decoder.directory(ByteView(all).substr(at, skippable_size(ByteView(all).substr(at))));
  REQUIRE(first);
  CHECK(first->previous == 0);
  REQUIRE(first->entries.size() == kDirectoryEntries);
  CHECK(first->entries[0].index == at - 10);
}

TEST_CASE("an archive of no frames still has a directory and a table") {
  Written written;
  REQUIRE(written.writer.finish());
  CHECK(is_summary(*written.bytes));
  CHECK(ends_seek_table(*written.bytes));
}
