#pragma once

#include <cstdint>
#include <string>

#include "lib/archive/follow_watch.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// A file that may still be written, from its beginning: it is over when it has been read and
/// nobody holds a writer's lock on it (create_archive_file). Or a pipe, which is over when it is
/// closed. Never waits itself.
class FollowSource final : public ByteSource {
 public:
  /// `watch` must outlive the source. Errors call the file `name`.
  FollowSource(Fd fd, std::string name, FollowWatch& watch);
  ~FollowSource() override;
  FollowSource(const FollowSource&) = delete;
  FollowSource& operator=(const FollowSource&) = delete;

  /// Fails with kAgain where more may come, with kCorrupt when the file is shorter than what was
  /// read of it.
  Result<std::size_t> read(std::span<char> buffer) override;
  [[nodiscard]] bool is_ready() const override;

 private:
  Result<std::size_t> read_file(std::span<char> buffer);
  Result<std::size_t> read_pipe(std::span<char> buffer);

  Fd fd_;
  std::string name_;
  FollowWatch& watch_;
  bool is_file_ = false;
  std::uint64_t position_ = 0;
};

}  // namespace mitm::archive
