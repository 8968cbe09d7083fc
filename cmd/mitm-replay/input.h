#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"
#include "lib/replay/merged_records.h"
#include "lib/replay/request_stream.h"

namespace mitm::replay {

/// The requests that are to be sent, from recordings that are read bit by bit. One thread.
class Input {
 public:
  /// `paths` may hold one "-". At most `limit` requests are given out.
  static Result<Input> open(const std::vector<std::string>& paths,
                            std::optional<std::uint64_t> limit);

  /// The next request, if enough has been read for that. Those that cannot be repeated are counted
  /// and passed over.
  std::optional<RecordedRequest> next();
  /// Reads some more records. Fails with kCancelled when a signal wants to be looked at; the next
  /// call goes on.
  Status read_some();
  /// Nothing more will come.
  [[nodiscard]] bool exhausted() const;

  [[nodiscard]] std::uint64_t given_out() const { return given_out_; }
  [[nodiscard]] std::uint64_t skipped() const { return skipped_; }
  /// "12", or "RUN:12" as soon as there are several runs.
  [[nodiscard]] std::string name_of(const RecordedRequest& request) const;
  /// Says what is damaged or missing in what was read. True when that is anything.
  [[nodiscard]] bool warn_of_losses(const cli::Diagnostics& diagnostics) const;

 private:
  Input(std::vector<std::string> names, MergedRecords records, std::optional<std::uint64_t> limit);
  void note_run(const flow::Record& record);

  std::vector<std::string> names_;
  MergedRecords records_;
  RequestStream requests_;
  std::optional<std::uint64_t> limit_;
  std::optional<std::uint64_t> run_;
  bool several_runs_ = false;
  bool all_read_ = false;
  std::uint64_t given_out_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace mitm::replay
