#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lib/archive/read_observer.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// How an archive ended, complete when next() has returned nullopt.
struct Ending {
  struct Skipped {
    std::uint64_t at = 0;     ///< offset in the file
    std::uint64_t bytes = 0;  ///< from there, and from places beyond the bound of the list
  };
  bool finished = false;                 ///< there was an archive-end record: closed cleanly
  std::uint64_t unclosed = 0;            ///< archives before the last, joined, that were not
  std::string next_file;                 ///< that record's, see flow::ArchiveEnd
  std::optional<std::uint64_t> torn_at;  ///< ends in the middle of a frame, verified up to here
  std::uint64_t torn_bytes = 0;          ///< from there to the end of the file
  std::vector<Skipped> skipped;          ///< corrupt places, bounded
  std::uint64_t unknown_records = 0;     ///< of kinds that only a later version knows; no loss

  [[nodiscard]] bool lossless() const {
    return finished && unclosed == 0 && !torn_at && skipped.empty();
  }
  /// The same of a file that is still being written: that its end is not there is no loss.
  [[nodiscard]] Ending while_written() const;
};

/// Streams the records of an archive, or of several joined ones, in the order in which they were
/// written. One thread, memory bounded by one frame. Presents only verified content: a closed frame
/// after its checksum, an open, torn or damaged one up to its last good checkpoint. One whose rest
/// has to be waited for, as in a pipe, is open: what came is presented at once. Never presents
/// Checkpoint records. Headers of different runs come with different `source` numbers. A
/// certificate chain that was lost comes with its id and no certificates.
class Reader {
 public:
  /// Fails with kCorrupt ("NAME: not a mitmkit archive …", saying what it looks like where that is
  /// known) when the source is empty or nothing of it can be read, and as next() does.
  /// `observer` may be null and must outlive the reader.
  static Result<std::unique_ptr<Reader>> open(std::unique_ptr<ByteSource> source, std::string name,
                                              ReadObserver* observer = nullptr);
  virtual ~Reader() = default;

  /// The next record, or nullopt at the end; an error only when the source cannot be read, or with
  /// kUnsupported where a header names a later format. After kAgain or kCancelled, which are the
  /// source's, the next call goes on.
  virtual Result<std::optional<flow::Record>> next() = 0;
  [[nodiscard]] virtual const Ending& ending() const = 0;
  /// What the archive begins with; nullopt when that is lost.
  [[nodiscard]] virtual std::optional<flow::Header> header() const { return std::nullopt; }
  /// Of the run that what was read last belongs to, as its checkpoints repeat it: for when the
  /// header is lost. In merged files: of the first one.
  [[nodiscard]] virtual std::optional<std::uint64_t> run_id() const { return std::nullopt; }
};

/// Opens a file, or stdin for "-".
Result<std::unique_ptr<Reader>> open_archive(const std::filesystem::path& path);

/// What to tell the user about an ending: "torn tail at byte N", "N bytes skipped at byte M", "not
/// closed cleanly", "N records of unknown kinds left out"; empty when there is nothing to say.
std::vector<std::string> describe(const Ending& ending);
/// The same, each line with the file's name, of a file that is still being written when `is_live`.
std::vector<std::string> describe(const std::string& name, const Ending& ending, bool is_live);

}  // namespace mitm::archive
