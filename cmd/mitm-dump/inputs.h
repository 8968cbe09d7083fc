#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "cmd/mitm-dump/config.h"
#include "lib/archive/follower.h"
#include "lib/archive/merged_reader.h"
#include "lib/base/error.h"
#include "lib/base/interruption.h"
#include "lib/base/spool.h"

namespace mitm::dump {

/// Why reading stopped.
enum class Stopped : std::uint8_t {
  kAtEnd,        ///< there is no more
  kEnough,       ///< nobody wanted more
  kInterrupted,  ///< by a signal, which is heeded only while files are followed
};

/// The recordings that are to be read. Must outlive its readers. One thread.
class Inputs {
 public:
  /// `twice`: open() will be called a second time, so that what can be read only once is kept.
  Inputs(const Config& config, bool twice);

  /// The recordings as one stream of records, from the beginning. The second time, of a pipe that
  /// much which was read the first time. Files that are followed and have no header yet are waited
  /// for; kCancelled when a signal ends that.
  Result<archive::MergedReader> open();

  /// Takes a record; false: no more is wanted.
  using Take = std::function<Result<bool>(flow::Record&&)>;
  /// Called when more has to be waited for; false: no use in that.
  using Idle = std::function<Result<bool>()>;
  /// Hands on what `reader`, which open() returned, has. A signal ends one call, and
  /// not the next one too.
  Result<Stopped> read(archive::MergedReader& reader, const Take& take, const Idle& idle);

 private:
  Result<std::unique_ptr<archive::Reader>> open_one(const std::string& path);
  Result<std::unique_ptr<ByteSource>> open_source(const std::string& path);
  [[nodiscard]] bool interrupted() const { return interruption_ && interruption_->requested(); }

  const Config& config_;
  bool twice_;
  bool heeded_ = false;  // a signal ended a call of read()
  std::optional<Interruption> interruption_;
  std::unique_ptr<archive::Follower> follower_;       // null: not followed
  std::unordered_map<std::string, Spool> read_once_;  // by path
  Status kept_;                                       // all of what is read once
};

}  // namespace mitm::dump
