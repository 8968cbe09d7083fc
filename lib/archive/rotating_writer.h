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
  struct Renewed {
    std::unique_ptr<ByteSink> sink;  ///< empties the current file first
    std::vector<flow::Record> gap;   ///< what to say there; gets the time of its writing
  };
  /// All are called on the writer's thread. Only `create` must be set.
  struct Surroundings {
    std::function<Result<std::unique_ptr<ByteSink>>(const std::string& path)> create;
    /// Of the path that the current file has, or had: nothing may be lost that is there.
    std::function<Result<Reopened>(const std::string& path)> reopen = {};
    /// Somebody truncated the current file, which had that path. It is begun anew at once; of its
    /// records the `lost` that follow the kept() ones never got into it. Unset: that is a failure.
    std::function<Result<Renewed>(const std::string& path, std::uint64_t lost)> renew = {};
    std::function<flow::Totals()> totals = {};                    ///< so far, for files that end
    std::function<void(const std::string& path)> on_closed = {};  ///< also for the last file
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
  /// The next file by the rules, or where there are none of the same name. Once that was opened the
  /// change is certain: resume() completes it in that file, wherever it is moved meanwhile.
  Result<std::string> change_file() override;
  [[nodiscard]] std::uint64_t kept() const override;
  /// Of the current file.
  [[nodiscard]] std::uint64_t size() const override { return current_.writer->size(); }
  void set_backlog(double fullness) override;
  [[nodiscard]] std::uint64_t hurried_frames() const override;
  Status finish(const flow::Totals& totals, std::string_view next_file) override;

 private:
  /// What the current file is at. Each step is repeated by resume() when it fails, and takes up
  /// where it stopped: what was done is not done again, and nothing is decided anew.
  ///
  ///                  header and facts written
  ///     kBeginning ────────────────────────────▶ kOpen
  ///         ▲   ◀────────────────────────────────  │
  ///         │           found truncated            │ its end written, for change_
  ///         │                                      ▼
  ///         └─────────────────────────────────── kOver
  ///                  change_'s file opened
  enum class Stage : std::uint8_t {
    kBeginning,
    kOpen,  ///< takes records, unless there is a change_
    kOver,
  };
  /// Into the file that follows.
  struct Change {
    Rotation to;
    std::unique_ptr<ByteSink> sink = {};  ///< when it was opened beforehand
    bool goes_on = false;                 ///< in the same file
  };
  struct Current {
    std::unique_ptr<Writer> writer = {};
    std::uint64_t records = 0;
    std::vector<flow::Record> gap = {};  ///< that begins it, after the facts
    std::uint64_t repeated = 0;          ///< facts before the records, and the gap
    std::uint64_t repeated_size = 0;     ///< their octets, which earlier files have too
  };
  /// Of the files before the current one, and of that when it is over.
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
        surroundings_(std::move(surroundings)) {}

  Status start(std::unique_ptr<ByteSink> sink);
  Status begin();
  Status end_current();
  Status open_next();
  Status step();
  Status take_steps();
  Status go_on();
  Status put(const flow::Record& record);
  Status settle(Status done);
  Status renew_if_truncated(Status done);
  Status open_beforehand(Change& change);
  Status create(Change& change);
  Status end(const flow::Totals& totals, std::string_view next_file);
  [[nodiscard]] flow::Totals totals() const;
  [[nodiscard]] std::uint64_t kept_of_current() const;
  [[nodiscard]] bool is_due(Time now);
  void tell_last_over();

  Rotation rotation_;
  flow::Header header_;  ///< of the current file
  const Clock& clock_;
  const WriterOptions options_;
  Surroundings surroundings_;
  ConnectionFacts facts_;
  Current current_;
  Past past_;
  double backlog_ = 0;
  bool told_ = false;
  Stage stage_ = Stage::kBeginning;
  std::optional<Change> change_;         ///< one that has begun
  std::optional<flow::Record> waiting_;  ///< for the file to be open
  Status status_;                        ///< keeps us from going on until resume()
};

}  // namespace mitm::archive
