#pragma once

#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/output_file.h"
#include "cmd/mitm-record/post_rotate.h"
#include "lib/archive/appending.h"
#include "lib/archive/rotating_writer.h"
#include "lib/archive/writer.h"
#include "lib/base/descriptor_limit.h"
#include "lib/base/io.h"
#include "lib/base/time.h"
#include "lib/cli/diagnostics.h"

namespace mitm::record {

/// The file or files that a recording is written to: open(), then start() once.
class ArchiveOutput {
 public:
  /// What it depends on, besides what was asked for.
  struct Surroundings {
    const std::filesystem::path& home;           ///< the CA in it must not be overwritten
    Links links = Links::kFollow;                ///< at the ends of paths that are written
    std::optional<DescriptorLimit> descriptors;  ///< of post-rotate commands; nullopt: ours
    const Clock& clock;
    const cli::Diagnostics& diagnostics;
  };
  /// Whatever can fail for a reason that the user can mend. An earlier recording is untouched until
  /// start(). `config`, which has a path, the clock and the diagnostics must outlive it.
  static Result<std::unique_ptr<ArchiveOutput>> open(const OutputConfig& config,
                                                     const Surroundings& surroundings);

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
  ArchiveOutput(const OutputConfig& config, const Surroundings& surroundings)
      : config_(config),
        home_(surroundings.home),
        links_(surroundings.links),
        clock_(surroundings.clock),
        diagnostics_(surroundings.diagnostics) {}
  Status open_file();
  Status open_for_appending();
  Status begin_appending();
  [[nodiscard]] Status check_rotatable(const std::filesystem::path& path) const;
  Result<std::unique_ptr<ByteSink>> create(const std::filesystem::path& path);
  Result<archive::RotatingWriter::Reopened> reopen(const std::filesystem::path& path);
  Result<archive::RotatingWriter::Renewed> renew(const std::string& path, std::uint64_t lost) const;
  Status keep(const ByteSink& sink, const std::filesystem::path& path);
  void on_closed(const std::string& path);

  const OutputConfig& config_;
  const std::filesystem::path home_;
  const Links links_;
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
