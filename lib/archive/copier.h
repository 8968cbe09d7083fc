#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "lib/archive/reader.h"
#include "lib/archive/writer.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/flow/assembler.h"
#include "lib/flow/record.h"

namespace mitm::archive {

/// Makes one archive of records that readers gave out: each run keeps its id and the ids within it.
/// The same records make the same octets. One thread.
class Copier {
 public:
  /// Nothing reaches `sink` before the first record. `tool` is what a header says that stands in
  /// for a lost one.
  Copier(std::unique_ptr<ByteSink> sink, std::string tool, WriterOptions options)
      : sink_(std::move(sink)), tool_(std::move(tool)), options_(options) {}

  /// Leaves out ends of archives and further headers of a run. A run whose header did not come gets
  /// one with the id `run`; nullopt: nobody knows it. What the archive cannot hold becomes a gap.
  Status add(const flow::Record& record, std::optional<std::uint64_t> run = std::nullopt);
  /// Everything added so far reaches the sink.
  Status flush();
  /// Writes the end, with the totals of what is in the archive, and closes the sink.
  Status finish();

  [[nodiscard]] std::uint64_t records() const { return records_; }
  /// That ended, and that did not.
  [[nodiscard]] std::uint64_t flows() const { return totals_.seen + open_.size(); }
  /// Records that were replaced by a gap.
  [[nodiscard]] std::uint64_t too_large() const { return too_large_; }

 private:
  /// The time of the latest record, so that copies of the same are the same. Within bounds, because
  /// times in a file may be anything and are subtracted from each other.
  class RecordClock final : public Clock {
   public:
    [[nodiscard]] Time now() const override { return now_; }
    void advance(Time time);

   private:
    Time now_;
  };

  Result<std::uint16_t> source_of(const flow::Record& record, std::optional<std::uint64_t> run);
  Status write_header(std::uint16_t source, const flow::Header& header);
  Status write(flow::Record record);
  void count(const flow::Record& record);

  std::unique_ptr<ByteSink> sink_;  // until writer_ has it
  std::string tool_;
  WriterOptions options_;
  RecordClock clock_;
  std::unique_ptr<Writer> writer_;
  std::unordered_map<std::uint16_t, std::uint16_t> sources_;  // given to written
  std::unordered_set<std::uint64_t> runs_;
  std::unordered_set<flow::Key, flow::KeyHash> open_;  // flows
  flow::Totals totals_;
  std::uint64_t records_ = 0;
  std::uint64_t too_large_ = 0;
};

/// Tells what is lost where it is missed. One for each archive that is read.
class LossWatch {
 public:
  /// What was lost since the last call. To be asked after each record, and at the end with what is
  /// torn too.
  std::optional<flow::CaptureGap> news(const Ending& ending, bool at_end = false);

 private:
  std::size_t places_ = 0;
  std::uint64_t last_place_ = 0;  // octets
};

}  // namespace mitm::archive
