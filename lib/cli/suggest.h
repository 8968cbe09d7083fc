#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mitm::cli {

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`
/// (optimal string alignment distance).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that somebody who typed `typed` most likely meant: one that it abbreviates, or the
/// nearest one if a third of the letters or fewer are wrong.
std::optional<std::string> suggest(std::string_view typed, std::span<const std::string> candidates);

}  // namespace mitm::cli
