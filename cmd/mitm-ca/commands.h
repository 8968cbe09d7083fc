#pragma once

#include <filesystem>

#include "lib/base/error.h"
#include "lib/cli/diagnostics.h"
#include "lib/cli/parse.h"

/// What mitm-ca does; each function is one subcommand and returns the exit status.
namespace mitm::ca {

/// Resolves the home directory and runs the subcommand that was asked for.
Result<int> run(const cli::ParsedOptions& options, const cli::Diagnostics& diagnostics);

Result<int> init(const cli::ParsedOptions& options, const std::filesystem::path& home,
                 const cli::Diagnostics& diagnostics);
Result<int> show(const cli::ParsedOptions& options, const std::filesystem::path& home,
                 const cli::Diagnostics& diagnostics);
Result<int> export_certificate(const cli::ParsedOptions& options, const std::filesystem::path& home,
                               const cli::Diagnostics& diagnostics);
Result<int> install(const cli::ParsedOptions& options, const std::filesystem::path& home,
                    const cli::Diagnostics& diagnostics);
Result<int> uninstall(const cli::ParsedOptions& options, const std::filesystem::path& home,
                      const cli::Diagnostics& diagnostics);
Result<int> doctor(const cli::ParsedOptions& options, const std::filesystem::path& home,
                   const cli::Diagnostics& diagnostics);
Result<int> env(const cli::ParsedOptions& options, const std::filesystem::path& home,
                const cli::Diagnostics& diagnostics);
Result<int> rotate(const cli::ParsedOptions& options, const std::filesystem::path& home,
                   const cli::Diagnostics& diagnostics);
Result<int> issue(const cli::ParsedOptions& options, const std::filesystem::path& home,
                  const cli::Diagnostics& diagnostics);

}  // namespace mitm::ca
