#include "lib/archive/level_ladder.h"

#include "lib/archive/frame_writer.h"

namespace mitm::archive {
namespace {

/// Text in frames of 1 MiB, in MB/s: 30, 55, 195, 240. Negative levels are hardly faster than 1 and
/// make much larger files; storing is five times as fast.
constexpr int kLevels[] = {9, 6, 3, 1, FrameWriter::kStoreLevel};

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
