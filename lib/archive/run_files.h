#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace mitm::archive {

/// The file in `folder` with the lowest number of a run above `after` and below `below`: what a
/// ring has left of it. nullopt when there is none. Reads the headers of a few thousand files at
/// most.
std::optional<std::filesystem::path> oldest_file(const std::filesystem::path& folder,
                                                 std::uint64_t run_id, std::uint32_t after,
                                                 std::uint32_t below);

}  // namespace mitm::archive
