#pragma once

#include <functional>
#include <memory>
#include <string>

#include "lib/archive/connection_facts.h"
#include "lib/archive/rotation.h"
#include "lib/archive/writer.h"

namespace mitm::archive {

/// Writes a run to one file after the other, each complete in itself: with a header of its own and
/// the facts of connections that are open. A file ends before the record that comes when it is
/// due, so none is without records but for the first. As Writer otherwise.
class RotatingWriter final : public Writer {
 public:
  /// All are called on the writer's thread. Only `create` must be set.
  struct Surroundings {
    std::function<Result<std::unique_ptr<ByteSink>>(const std::string& path)> create;
    std::function<flow::Totals()> totals = {};                    ///< so far, for files that end
    std::function<void(const std::string& path)> on_closed = {};  ///< also for the last file
    std::function<void()> on_last_over = {};  ///< there were as many files as wanted; once
  };

  /// `sink` is that of `rotation.path()`.
  static Result<std::unique_ptr<Writer>> open(std::unique_ptr<ByteSink> sink, Rotation rotation,
                                              const flow::Header& header, const Clock& clock,
                                              WriterOptions options, Surroundings surroundings);

  /// When the next file cannot be created, the current one is closed cleanly, as the run's last.
  Status append(const flow::Record& record) override;
  /// Besides, notices that the last file's time is over.
  Status flush() override;
  Status finish(const flow::Totals& totals, std::string_view next_file) override;

 private:
  RotatingWriter(Rotation rotation, const flow::Header& header, const Clock& clock,
                 WriterOptions options, Surroundings surroundings)
      : rotation_(std::move(rotation)),
        header_(header),
        clock_(clock),
        options_(options),
        surroundings_(std::move(surroundings)) {}

  Status begin(std::unique_ptr<ByteSink> sink);
  Status rotate(Time now);
  Status end(const flow::Totals& totals, std::string_view next_file);
  [[nodiscard]] flow::Totals totals() const;
  [[nodiscard]] bool is_due(Time now);
  void tell_last_over();

  Rotation rotation_;
  flow::Header header_;
  const Clock& clock_;
  const WriterOptions options_;
  Surroundings surroundings_;
  ConnectionFacts facts_;
  std::unique_ptr<Writer> writer_;  ///< of the current file
  std::uint64_t size_ = 0;          ///< of the current file, so far
  std::uint64_t repeated_ = 0;      ///< the part of it that earlier files have too
  bool has_records_ = false;
  bool told_ = false;
  Status status_;
};

}  // namespace mitm::archive
