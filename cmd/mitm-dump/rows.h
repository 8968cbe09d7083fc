#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "cmd/mitm-dump/config.h"
#include "cmd/mitm-dump/printing.h"
#include "lib/archive/summary_reader.h"
#include "lib/base/error.h"

namespace mitm::dump {

/// Whether rows hold what is printed of most flows.
bool rows_are_enough(const Config& config);

/// What has to be done with a flow, going by its row.
enum class RowUse : std::uint8_t {
  kSkip,   ///< it is not wanted
  kPrint,  ///< the row is enough
  kFetch,  ///< its records are needed
};
RowUse use_of(const archive::Found& found, const Config& config);

/// Prints what rows say, and fetches the records of flows where that is not enough.
class Rows {
 public:
  /// As SummaryReader::read().
  using Fetch =
      std::function<Status(const archive::Found&, const std::function<Status(flow::Record&&)>& take,
                           archive::Ending& losses)>;
  Rows(const Config& config, Printing& printing, Fetch fetch)
      : config_(config), printing_(printing), fetch_(std::move(fetch)) {}

  /// False: enough has been printed.
  Result<bool> print(archive::Found&& found);
  void note_run(std::uint64_t run);
  [[nodiscard]] const archive::Ending& losses() const { return losses_; }

 private:
  Result<bool> print_records(const archive::Found& found);

  const Config& config_;
  Printing& printing_;
  Fetch fetch_;
  archive::Ending losses_;
  std::optional<std::uint64_t> run_;  // of the flows so far
};

}  // namespace mitm::dump
