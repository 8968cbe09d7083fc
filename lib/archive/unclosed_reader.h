#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "lib/archive/index_hopper.h"
#include "lib/archive/random_file.h"
#include "lib/archive/reader.h"
#include "lib/archive/summary_reader.h"
#include "lib/base/error.h"

namespace mitm::archive {

/// Fetches single flows out of a recording that was not closed, because it is still being written
/// or its writer was killed, without reading its records: by the indexes behind its frames. One
/// thread; memory is bounded by one index.
class UnclosedReader {
 public:
  /// Null when `path` is no regular file.
  static Result<std::unique_ptr<UnclosedReader>> open(const std::filesystem::path& path);

  /// The flow with this id. nullopt when it has to be looked for in the records: because it is not
  /// over or not there, or because the file is damaged, was closed, or holds several runs.
  Result<std::optional<Found>> find(flow::FlowId id);
  /// As SummaryReader::read().
  Status read(const Found& flow, const std::function<Status(flow::Record&&)>& take,
              Ending& losses) const;
  /// How the file ends. After find() found something.
  [[nodiscard]] const Ending& ending() const { return ending_; }

 private:
  /// What the indexes say.
  struct Findings {
    std::optional<Found> flow;
    std::optional<std::uint64_t> run;  ///< of all rows
    std::uint64_t last_frame = 0;      ///< that has an index
    bool fit = true;                   ///< each row makes sense, and all are of one run
  };
  explicit UnclosedReader(RandomFile file) : file_(std::move(file)) {}
  Result<Findings> look_for(flow::FlowId id) const;
  static void take_rows(const IndexHopper& hopper, std::uint64_t frame, flow::FlowId id,
                        Findings& findings);
  Result<bool> ends_unclosed(const Findings& findings);

  RandomFile file_;
  Ending ending_;
};

}  // namespace mitm::archive
