#include "lib/archive/level_ladder.h"

#include <catch2/catch.hpp>

#include "lib/archive/frame_writer.h"

using namespace std::chrono_literals;
using mitm::archive::FrameWriter;
using mitm::archive::LevelLadder;

namespace {

/// A ladder on which each frame costs the same.
class Climber {
 public:
  Climber(int wanted, LevelLadder::Effort each) : ladder_(wanted), each_(each) {}
  int next(double backlog) {
    const int level = ladder_.next(backlog, spent_);
    spent_.all += each_.all;
    spent_.writing += each_.writing;
    return level;
  }
  [[nodiscard]] std::uint64_t hurried() const { return ladder_.hurried(); }

 private:
  LevelLadder ladder_;
  LevelLadder::Effort each_;
  LevelLadder::Effort spent_;
};

constexpr LevelLadder::Effort kFastDisk{.all = 5ms, .writing = 1ms};
constexpr LevelLadder::Effort kSlowDisk{.all = 50ms, .writing = 45ms};

}  // namespace

TEST_CASE("the level is the wanted one while the queue is not nearly full") {
  Climber climber(3, kFastDisk);
  for (const double backlog : {0.0, 0.3, 0.5, 0.7}) CHECK(climber.next(backlog) == 3);
  CHECK(climber.hurried() == 0);
}

TEST_CASE("a queue that stays full lowers the level frame by frame, an empty one raises it again") {
  Climber climber(3, kFastDisk);
  int lowest = 3;
  for (int i = 0; i < 20; ++i) {
    const int level = climber.next(0.9);
    CHECK(level <= lowest);
    lowest = level;
  }
  CHECK(lowest == FrameWriter::kStoreLevel);
  CHECK(climber.next(0.5) == lowest);
  CHECK(climber.next(0.05) > lowest);
  int level = lowest;
  for (int i = 0; i < 20; ++i) level = climber.next(0.05);
  CHECK(level == 3);
  CHECK(climber.next(0.05) == 3);
  CHECK(climber.hurried() >= 21);
  CHECK(climber.hurried() < 30);
}

TEST_CASE("a high level has further to go, and a low one comes back to itself") {
  Climber high(19, kFastDisk);
  CHECK(high.next(1.5) < 19);
  CHECK(high.next(1.5) > 1);
  Climber low(1, kFastDisk);
  CHECK(low.next(1.5) < 1);
  CHECK(low.next(0) == 1);
}

TEST_CASE("a slow disk is not given more to write") {
  Climber climber(3, kSlowDisk);
  CHECK(climber.next(0.9) < 3);  // of the first frame nothing is known
  CHECK(climber.next(0.9) == 3);
  CHECK(climber.next(0.9) == 3);
  CHECK(climber.hurried() == 1);
}
