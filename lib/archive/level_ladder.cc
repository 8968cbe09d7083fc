#include "lib/archive/level_ladder.h"

#include "lib/archive/frame_writer.h"

namespace mitm::archive {
namespace {

/// Each takes about half the time of the one before; see tests/bench/README.md.
constexpr int kLevels[] = {9, 6, 3, 1, -1, -5, FrameWriter::kStoreLevel};

/// The recorder's thread is woken when the queue is half full, so half full is no distress;
/// producers pause when it is full.
constexpr double kHigh = 0.75;
constexpr double kEmpty = 0.125;

}  // namespace

LevelLadder::LevelLadder(int wanted) : steps_{wanted} {
  for (const int level : kLevels) {
    if (level < wanted) steps_.push_back(level);
  }
}

int LevelLadder::next(double backlog, Effort effort) {
  const auto writing = effort.writing - before_.writing;
  const auto compressing = (effort.all - before_.all) - writing;
  before_ = effort;
  if (backlog <= kEmpty || (backlog >= kHigh && writing > 2 * compressing)) {
    if (step_ > 0) --step_;
  } else if (backlog >= kHigh && writing <= compressing) {
    if (step_ + 1 < steps_.size()) ++step_;
  }
  if (step_ > 0) ++hurried_;
  return steps_[step_];
}

}  // namespace mitm::archive
