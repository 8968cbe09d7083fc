#pragma once

#include <filesystem>
#include <optional>

namespace mitm::trust {

/// Where `path`, which begins with `root`, leads to for whoever has `root` as the root directory:
/// symbolic links do not lead out of it, absolute ones least of all. Nothing when it is not there.
/// The result has no links in it below `root`.
std::optional<std::filesystem::path> resolve_inside(const std::filesystem::path& root,
                                                    const std::filesystem::path& path);

}  // namespace mitm::trust
