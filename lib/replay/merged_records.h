#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/base/error.h"
#include "lib/flow/record.h"

namespace mitm::replay {

/// The records of several archives in the order of their times; those of one archive keep their
/// order. Every run of every archive gets a `source` number of its own, so that ids stay unique.
/// One thread; holds one record of each archive.
class MergedRecords {
 public:
  explicit MergedRecords(std::vector<std::unique_ptr<archive::Reader>> archives);

  /// The next record, or nullopt when all archives have ended. Fails as archive::Reader::next()
  /// does, and with kLimit when there are more runs than source numbers.
  Result<std::optional<flow::Record>> next();
  /// Of the archive that was given as the `index`-th; complete when next() has returned nullopt.
  [[nodiscard]] const archive::Ending& ending(std::size_t index) const {
    return inputs_[index].archive->ending();
  }

 private:
  struct Input {
    std::unique_ptr<archive::Reader> archive;
    std::optional<flow::Record> front = {};
    bool read = false;  ///< `front` is what comes next; empty: the archive has ended
  };
  Status renumber(std::size_t input, flow::Record& record);

  std::vector<Input> inputs_;
  std::map<std::pair<std::size_t, std::uint16_t>, std::uint16_t> sources_;
};

}  // namespace mitm::replay
