#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/inherited.h"
#include "cmd/mitm-record/output_file.h"
#include "cmd/mitm-record/post_rotate.h"
#include "lib/archive/appending.h"
#include "lib/archive/rotating_writer.h"
#include "lib/archive/writer.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// The file or files that a recording is written to: open(), then start() once.
class ArchiveOutput {
 public:
  /// Whatever can fail for a reason that the user can mend. An earlier recording is untouched until
  /// start(). All but `home` must outlive it.
  static Result<std::unique_ptr<ArchiveOutput>> open(const Config& config,
                                                     const Inherited& inherited,
                                                     std::filesystem::path home, const Clock& clock,
                                                     const cli::Diagnostics& diagnostics);

  /// The file becomes the user's. Before start().
  Status give_to(const User& user) const;

  /// All are called on the writer's thread.
  struct Callbacks {
    std::function<flow::Totals()> totals;  ///< what was recorded so far
    std::function<void()> on_last_over;    ///< there were as many files as asked for
    /// Somebody truncated the file, which is begun anew: `lost` records more than what the writer
    /// kept are not in it. Returns what is to be said there.
    std::function<std::vector<flow::Record>(const std::string& path, std::uint64_t lost)>
        on_truncated;
  };
  Result<std::unique_ptr<archive::Writer>> start(Callbacks callbacks);

  /// Until the post-rotate commands have ended. Any thread.
  void wait();

 private:
  ArchiveOutput(const Config& config, std::filesystem::path home, const Clock& clock,
                const cli::Diagnostics& diagnostics)
      : config_(config), home_(std::move(home)), clock_(clock), diagnostics_(diagnostics) {}
  Status open_file();
  Status open_for_appending();
  Status begin_appending();
  [[nodiscard]] Status check_rotatable(const std::filesystem::path& path) const;
  Result<std::unique_ptr<ByteSink>> create(const std::filesystem::path& path);
  Result<archive::RotatingWriter::Reopened> reopen(const std::filesystem::path& path);
  Result<archive::RotatingWriter::Renewed> renew(const std::string& path, std::uint64_t lost) const;
  Status keep(const ByteSink& sink, const std::filesystem::path& path);
  void on_closed(const std::string& path);

  const Config& config_;
  std::filesystem::path home_;
  const Clock& clock_;
  const cli::Diagnostics& diagnostics_;
  Callbacks callbacks_;
  std::unique_ptr<ByteSink> sink_;  ///< of the first file, until start()
  /// The regular file that is written, and before that is closed the next one.
  std::deque<OutputFile> files_;
  std::optional<archive::Appending> appending_;
  std::optional<archive::Rotation> rotation_;
  std::unique_ptr<PostRotate> post_rotate_;
};

}  // namespace mitm::record
