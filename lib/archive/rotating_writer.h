#pragma once

#include <functional>
#include <memory>
#include <optional>
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
  struct Reopened {
    std::unique_ptr<ByteSink> sink;
    bool is_same = false;  ///< behind the archive that is being written, in the same file
  };
  /// All are called on the writer's thread. Only `create` must be set.
  struct Surroundings {
    std::function<Result<std::unique_ptr<ByteSink>>(const std::string& path)> create;
    /// Of the path that the current file has, or had: nothing may be lost that is there.
    std::function<Result<Reopened>(const std::string& path)> reopen = {};
    std::function<flow::Totals()> totals = {};                    ///< so far, for files that end
    std::function<void(const std::string& path)> on_closed = {};  ///< also for the last file
    /// The file that was created or opened last could not be begun, and will be asked for again.
    std::function<void()> on_abandoned = {};
    std::function<void()> on_last_over = {};  ///< there were as many files as wanted; once
  };

  /// `sink` is that of `rotation.path()`.
  static Result<std::unique_ptr<Writer>> open(std::unique_ptr<ByteSink> sink, Rotation rotation,
                                              const flow::Header& header, const Clock& clock,
                                              WriterOptions options, Surroundings surroundings);

  /// When the next file cannot be created, the current one is closed cleanly, and names no next
  /// one. The record that should have begun it waits for resume(), which then tries that again.
  Status append(const flow::Record& record) override;
  /// Besides, notices that the last file's time is over.
  Status flush() override;
  Status resume() override;
  /// The next file by the rules, or where there are none of the same name.
  Result<std::string> change_file() override;
  [[nodiscard]] std::uint64_t kept() const override;
  /// Of the current file.
  [[nodiscard]] std::uint64_t size() const override { return writer_->size(); }
  void set_backlog(double fullness) override;
  [[nodiscard]] std::uint64_t hurried_frames() const override;
  Status finish(const flow::Totals& totals, std::string_view next_file) override;

 private:
  /// Of the files before the current one.
  struct Past {
    std::uint64_t records = 0;
    std::uint64_t hurried_frames = 0;
  };

  RotatingWriter(Rotation rotation, const flow::Header& header, const Clock& clock,
                 WriterOptions options, Surroundings surroundings)
      : rotation_(std::move(rotation)),
        header_(header),
        clock_(clock),
        options_(options),
        surroundings_(std::move(surroundings)),
        next_number_(header.file_number + 1) {}

  Status begin(std::unique_ptr<ByteSink> sink);
  Status put(const flow::Record& record);
  Status rotate();
  Status open_next(const std::string& path);
  Status end_current();
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
  std::unique_ptr<Writer> writer_;   ///< of the current file
  std::uint64_t records_ = 0;        ///< appended to the current file
  std::uint64_t repeated_ = 0;       ///< facts before them
  std::uint64_t repeated_size_ = 0;  ///< octets of the current file that earlier files have too
  Past past_;
  double backlog_ = 0;
  std::uint32_t next_number_ = 0;  ///< of the file after it
  bool told_ = false;
  std::optional<Rotation> next_;         ///< a change that has begun
  std::unique_ptr<ByteSink> next_sink_;  ///< of its file, when it was created beforehand
  bool goes_on_ = false;                 ///< in the same file
  bool reopens_ = false;                 ///< the next file is to be opened, not created
  std::optional<flow::Record> waiting_;  ///< for that change
  bool ended_ = false;                   ///< the current file is closed, as the change wants
  Status status_;                        ///< keeps us from going on until resume()
};

}  // namespace mitm::archive
