#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "lib/archive/sync_schedule.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/flow/record.h"

namespace mitm::archive {

struct WriterOptions {
  int compression_level = 3;
  bool flush_each_record = false;
  SyncOptions sync;
};

/// Writes the records of one file. One thread. After a failure of the sink every call returns that
/// again, until resume() goes well; the file is readable up to the last flush that went well.
/// Until a flush() up to HeldSink::kBlock of what left the open frame is gathered in memory; what
/// flush() returned well is with the operating system.
class Writer {
 public:
  /// Writes the header record (its time is `clock.now()`) and flushes it. The clock must outlive
  /// the writer.
  static Result<std::unique_ptr<Writer>> open(std::unique_ptr<ByteSink> sink,
                                              const flow::Header& header, const Clock& clock,
                                              WriterOptions options = {});
  /// The same without the flush: nothing reaches the sink before flush(), whose failure resume()
  /// may mend.
  static Result<std::unique_ptr<Writer>> prepare(std::unique_ptr<ByteSink> sink,
                                                 const flow::Header& header, const Clock& clock,
                                                 WriterOptions options = {});
  virtual ~Writer() = default;

  /// A record that is not written, with the file as it was: kLimit when it would exceed kMaxRecord,
  /// kUsage for Checkpoint and ArchiveEnd, which are the writer's own business. Header records are
  /// for merged files only, each with a `source` of its own.
  virtual Status append(const flow::Record& record) = 0;
  /// Everything appended so far reaches the sink, followed by a checkpoint, and is synced when that
  /// is due. Cheap when there is nothing new.
  virtual Status flush() = 0;

  /// Tries to go on after a failure. Of what was appended nothing is lost then: the record whose
  /// append() failed first is in, the ones refused after it are not. Fails when the sink still
  /// does, or (a pipe without a reader, a file that was truncated) always will.
  virtual Status resume() = 0;
  /// How many of the appended records are in the sink for certain.
  [[nodiscard]] virtual std::uint64_t kept() const = 0;
  /// Octets of the file, with those that have not reached the sink yet, but without what the open
  /// frame has not given out.
  [[nodiscard]] virtual std::uint64_t size() const = 0;

  /// Goes on in another file at once, and returns its path. When that one cannot be opened nothing
  /// has changed; for other failures see append(). kUnsupported where there is but one file.
  virtual Result<std::string> change_file() {
    return fail(Code::kUnsupported, "what is written cannot be opened again");
  }

  /// How full the queue of records that wait for this writer is, 1 being as full as it may get.
  /// From most of that on frames are compressed less and less, see LevelLadder.
  virtual void set_backlog(double fullness) = 0;
  /// Frames that were compressed less than was asked for.
  [[nodiscard]] virtual std::uint64_t hurried_frames() const = 0;

  /// Writes the archive-end record, closes frame and sink. No other call may follow, but after a
  /// failure resume() and then this again. `next_file` is the name, in the same folder, of the file
  /// in which the run goes on.
  virtual Status finish(const flow::Totals& totals, std::string_view next_file = {}) = 0;
};

/// Creates `path` with mode 0600, or takes over what is there unless another writer has it open:
/// its content goes with the first write. Syncing it makes its name survive too. Where somebody
/// truncates it, the next write fails with kCorrupt, as does every later one. Waits for a named
/// pipe's reader, but not against a blocked SIGINT, SIGTERM or SIGHUP that is pending. Uses stdout
/// for "-", which is refused when it is a terminal.
Result<std::unique_ptr<ByteSink>> create_archive_file(const std::filesystem::path& path,
                                                      Links links = Links::kFollow);

/// What becomes of what a file holds when there is something new to write, and not before.
enum class OldContent : std::uint8_t { kGoes, kStays };

/// For an archive that follows the one in the regular file `file`, which is duplicated: behind it,
/// or in its place. It is not written to before that one was finished, or is lost. As for
/// create_archive_file() otherwise.
Result<std::unique_ptr<ByteSink>> continue_archive_file(int file, const std::string& name,
                                                        OldContent old = OldContent::kStays);

}  // namespace mitm::archive
