#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mitm::archive {

/// Chooses the compression level of each frame: the wanted one, or, while records come faster than
/// they can be compressed, one step less with each frame, down to none at all; and step by step
/// back when nothing waits any more. Where it is the disk that is slow, less compression would make
/// it worse: then it steps back up.
class LevelLadder {
 public:
  /// Time spent on frames so far.
  struct Effort {
    std::chrono::nanoseconds all{};
    std::chrono::nanoseconds writing{};  ///< the part of it in which the disk was waited for
  };

  explicit LevelLadder(int wanted);

  /// The level of the frame that is opened now, as FrameWriter::set_level() takes it. `backlog` is
  /// how full the queue is, 1 being as full as it may get.
  int next(double backlog, Effort effort);
  /// Frames below the wanted level.
  [[nodiscard]] std::uint64_t hurried() const { return hurried_; }

 private:
  std::vector<int> steps_;  // the wanted level first
  std::size_t step_ = 0;
  Effort before_;
  std::uint64_t hurried_ = 0;
};

}  // namespace mitm::archive
