#include "lib/archive/index_hopper.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <vector>

#include "tests/archive/recording.h"
#include "tests/archive/story.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::archive;

namespace {

struct Hops {
  std::vector<std::uint64_t> indexes;  ///< where they begin
  std::size_t rows = 0;
  std::uint64_t base = 0;  ///< of the last
  bool damaged = false;
};

Hops hop(const Bytes& content) {
  const test::TempDir folder;
  const auto path = folder / "x.flowz";
  std::ofstream(path, std::ios::binary) << content;
  const auto file = RandomFile::open(path).value();
  IndexHopper hopper(*file);
  Hops hops;
  while (true) {
    const auto facts = hopper.next();
    hops.damaged = !facts;
    if (!facts || !*facts) return hops;
    hops.indexes.push_back(hopper.index_at());
    hops.rows += hopper.decoder().rows();
    hops.base = hopper.base();
  }
}

}  // namespace

TEST_CASE("each data frame's index is found without a directory") {
  const Bytes archive = test::long_story(100);
  const Hops whole = hop(archive);
  CHECK_FALSE(whole.damaged);
  CHECK(whole.indexes.size() == test::data_frames(archive));
  CHECK(whole.rows > 90);
  CHECK(whole.base == 0);

  const Hops joined = hop(archive + archive);
  CHECK(joined.indexes.size() == 2 * whole.indexes.size());
  CHECK(joined.base == archive.size());
}

TEST_CASE("a file that is cut has the indexes before the cut") {
  const Bytes archive = test::long_story(30);
  const Hops whole = hop(archive);
  REQUIRE(whole.indexes.size() > 3);
  for (std::size_t size = 0; size < archive.size(); size += 11) {
    INFO("cut at " << size);
    const Hops cut = hop(archive.substr(0, size));
    CHECK_FALSE(cut.damaged);
    const std::size_t before = static_cast<std::size_t>(
        std::ranges::count_if(whole.indexes, [&](std::uint64_t at) { return at < size; }));
    CHECK(cut.indexes.size() <= before);
    CHECK(cut.indexes.size() + 1 >= before);
  }
}

TEST_CASE("what is no frame, or a data frame without an index, is not hopped over") {
  CHECK(hop("no archive at all").damaged);
  CHECK_FALSE(hop("").damaged);
  const Bytes archive = test::long_story(30);
  CHECK(hop(test::first_frame(archive) + archive).damaged);
  CHECK(hop(archive + "x and more").damaged);
}
