#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lib/archive/merged_reader.h"
#include "lib/base/error.h"
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
  /// "12", or "RUN:12" as soon as there are several runs: as mitm-dump names it.
  [[nodiscard]] std::string name_of(const RecordedRequest& request) const;
  /// What is damaged or missing in what was read.
  [[nodiscard]] archive::MergedReader::Losses losses() const { return records_.losses(); }

 private:
  Input(archive::MergedReader records, std::optional<std::uint64_t> limit);

  archive::MergedReader records_;
  RequestStream requests_;
  std::optional<std::uint64_t> limit_;
  bool all_read_ = false;
  std::uint64_t given_out_ = 0;
  std::uint64_t skipped_ = 0;
};

}  // namespace mitm::replay
