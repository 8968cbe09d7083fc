#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "lib/base/descriptor_limit.h"
#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// Runs `COMMAND FILE` for each file that was closed, beside everything else: without a shell, at
/// the lowest priority, with default signals and nothing to read, in a process group of its own, so
/// that the terminal's Ctrl-C does not reach it. Warns of each that fails. Any thread.
class PostRotate {
 public:
  /// Fails when there is no such command. `descriptors` is the command's limit, nullopt: ours.
  /// `diagnostics` must outlive it.
  static Result<std::unique_ptr<PostRotate>> create(const std::string& command,
                                                    std::optional<DescriptorLimit> descriptors,
                                                    const cli::Diagnostics& diagnostics);
  PostRotate(const PostRotate&) = delete;
  PostRotate& operator=(const PostRotate&) = delete;
  ~PostRotate() { wait(); }

  /// Returns at once.
  void start(const std::string& file);
  /// Until all that were started have ended.
  void wait();

 private:
  PostRotate(std::string command, std::string path, std::optional<DescriptorLimit> descriptors,
             const cli::Diagnostics& diagnostics)
      : command_(std::move(command)),
        path_(std::move(path)),
        descriptors_(descriptors),
        diagnostics_(diagnostics) {}
  void run(const std::string& file);
  void end_one();

  const std::string command_;
  const std::string path_;
  const std::optional<DescriptorLimit> descriptors_;
  const cli::Diagnostics& diagnostics_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;  // guarded by mutex_
};

}  // namespace mitm::record
