#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "lib/archive/random_file.h"
#include "lib/archive/reader.h"
#include "lib/archive/summary.h"
#include "lib/archive/summary_codec.h"
#include "lib/base/error.h"

namespace mitm::archive {

/// A row and where it is from.
struct Found {
  FlowRow row;
  std::uint64_t frame = 0;  ///< where the data frame begins in which the flow ended
  std::uint64_t end = 0;    ///< where that frame ends
  std::uint64_t base = 0;   ///< where the archive begins that it is part of, in a file of several
};

/// The flows of a file, by its summaries and without reading its records. A file of several joined
/// archives is read as one. One thread; memory is bounded by one directory and one index. Vouches
/// for the summaries it reads, which have checksums, and not for the records.
class SummaryReader {
 public:
  /// Null when the file has no summary of all that is in it, because it was cut short, damaged, is
  /// still being written or is no archive: then it has to be read from its beginning.
  static Result<std::unique_ptr<SummaryReader>> open(const std::filesystem::path& path);

  /// Whether the checksums of all indexes are right, and their rows stand in the order in which
  /// flows are told: those that did not end last.
  Result<bool> verify();
  /// Whether the writer noted that something is missing. After verify().
  [[nodiscard]] bool has_gaps() const { return has_gaps_; }
  /// Of the headers with which the file begins: what runs there are before the first flow.
  [[nodiscard]] Result<std::vector<std::uint64_t>> first_runs() const { return runs_at(0); }
  /// The next flow in the order in which flows ended, or nullopt after the last. kCorrupt when a
  /// summary is damaged.
  Result<std::optional<Found>> next();
  /// All flows with this id (those of several runs may have the same), whatever next() has given.
  Result<std::vector<Found>> find(flow::FlowId id);
  /// Shows `take` what was recorded of a flow and what of its connection it depends on, beginning
  /// with a header that names its run. Stops where `take` fails. What was lost of it is in
  /// `losses`.
  Status read(const Found& flow, const std::function<Status(flow::Record&&)>& take,
              Ending& losses) const;

 private:
  /// One of the archives.
  struct Part {
    std::uint64_t base = 0;
    std::vector<std::uint64_t> directories;  ///< where they begin
    std::uint64_t data_frames = 0;
    bool has_unfinished = false;  ///< as verify() found
  };
  /// A place in the file's directories.
  struct Place {
    std::size_t part = 0;
    std::size_t directory = 0;  ///< of the part
    std::size_t entry = 0;      ///< of the directory
    std::uint32_t row = 0;      ///< of the index
  };

  explicit SummaryReader(RandomFile file) : file_(std::move(file)) {}
  Result<bool> find_parts();
  Result<std::optional<Part>> part_that_ends_at(std::uint64_t end);
  Result<bool> follow_directories(Part& part, std::uint64_t last);
  Result<bool> load_directory(std::uint64_t at, std::uint64_t base);
  Result<FrameFacts> load_index(const Directory::Entry& entry);
  Result<bool> has_all_indexes(std::uint64_t directory, Part& part);
  [[nodiscard]] Result<std::vector<std::uint64_t>> runs_at(std::uint64_t base) const;
  [[nodiscard]] bool are_runs_apart() const;
  Result<bool> load_next_index();
  Result<std::optional<Found>> found(std::uint32_t row);
  Result<ByteView> frame_at(std::uint64_t offset);
  [[nodiscard]] Error damaged(std::uint64_t at) const;

  RandomFile file_;
  std::vector<Part> parts_;
  Place place_;
  SummaryDecoder decoder_;
  Bytes buffer_;
  // What is loaded.
  Directory directory_;
  std::uint64_t directory_at_ = 0;
  std::uint64_t base_ = 0;
  std::uint64_t index_at_ = 0;
  std::uint64_t frame_at_ = 0;  // the index's data frame
  bool has_index_ = false;
  bool has_gaps_ = false;
};

}  // namespace mitm::archive
