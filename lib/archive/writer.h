#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/flow/record.h"

namespace mitm::archive {

struct WriterOptions {
  int compression_level = 3;
  bool flush_each_record = false;
};

/// Writes the records of one file. One thread. Sticky: after the first failure every call returns it.
/// Nothing is buffered beyond the open frame; what flush() returned well is with the operating system.
class Writer {
 public:
  /// Writes the header record (its time is `clock.now()`) and flushes it. `sink` and `clock` must outlive
  /// nothing: the writer owns the sink; the clock must outlive the writer.
  static Result<std::unique_ptr<Writer>> open(std::unique_ptr<ByteSink> sink, const flow::Header& header,
                                              const Clock& clock, WriterOptions options = {});
  virtual ~Writer() = default;

  /// Header, Checkpoint and ArchiveEnd records are the writer's own business and must not be passed.
  virtual Status append(const flow::Record& record) = 0;
  /// Everything appended so far reaches the sink, followed by a checkpoint. Cheap when there is nothing new.
  virtual Status flush() = 0;
  /// Writes the archive-end record with `totals`, closes frame and sink. No other call may follow.
  virtual Status finish(const flow::Totals& totals) = 0;
};

/// Creates `path` with mode 0600 (an existing file is replaced), or uses stdout for "-", which is refused
/// when it is a terminal.
Result<std::unique_ptr<ByteSink>> create_archive_file(const std::filesystem::path& path);

}  // namespace mitm::archive
