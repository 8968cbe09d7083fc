#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "lib/archive/check.h"
#include "lib/archive/index_builder.h"
#include "lib/archive/read_observer.h"
#include "lib/archive/seek_table.h"
#include "lib/archive/summary_codec.h"

namespace mitm::archive {

/// Makes summaries again from what is read and compares them with those that come. After a loss the
/// records cannot tell any more what rows should be; then rows tell what was lost. Internal to this
/// folder.
class SummaryCheck final : public ReadObserver {
 public:
  explicit SummaryCheck(CheckReport& report) : report_(report) {}

  void on_record(const flow::Record& record, std::uint64_t frame) override;
  void on_chain(ByteView id, std::uint64_t frame) override;
  void on_frame(std::uint64_t frame, std::uint64_t size, std::uint64_t content_size) override;
  void on_skippable(ByteView frame, std::uint64_t at) override;
  /// After the last record.
  void finish();

 private:
  struct DataFrame {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
    std::uint64_t content_size = 0;
  };
  using Rows = std::deque<FlowRow>;  ///< with the places of frames instead of distances

  /// What is known of the archive that is being read, one of perhaps several joined ones.
  struct Archive {
    IndexBuilder builder;
    bool lossy = false;              ///< so rows cannot be compared any more
    bool repaired = false;           ///< ends in a gap, from where on it has no summaries
    std::optional<DataFrame> frame;  ///< whose index has not come
    Rows unfinished;                 ///< that came
    Rows made_unfinished;
    Directory directory;  ///< as the next must be, but with the places of indexes
    std::uint64_t last_directory = 0;
    bool has_directory = false;
    SeekTable table;
    bool ended = false;  ///< by a record
    std::uint64_t summaries = 0;
    std::uint64_t missing = 0;  ///< data frames without an index
  };

  void end_archive();
  void note_frame(std::uint64_t size, std::uint64_t content_size);
  Index take(const DataFrame& frame);
  void pass_frame();
  void on_index(ByteView frame, std::uint64_t at);
  void compare(const Index& made, std::uint64_t at);
  void tell_lost(const FrameFacts& facts, std::uint64_t at);
  void on_directory(const Directory& directory, std::uint64_t at);
  void on_seek_table(ByteView frame, std::uint64_t at);
  void fault(std::string text);

  CheckReport& report_;
  SummaryDecoder decoder_;
  Archive archive_;
};

}  // namespace mitm::archive
