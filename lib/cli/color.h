#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/error.h"

namespace mitm::cli {

enum class ColorChoice : std::uint8_t { kAuto, kAlways, kNever };

/// "auto", "always" or "never"; kUsage for anything else.
Result<ColorChoice> parse_color_choice(std::string_view text);

/// What the decision depends on.
struct Terminal {
  bool is_terminal = false;
  std::string term = {};      ///< TERM; empty when not set
  std::string no_color = {};  ///< NO_COLOR (no-color.org); empty when not set
};

/// kAuto: on a terminal that is not dumb, unless NO_COLOR holds something. The flag beats NO_COLOR.
bool use_color(ColorChoice choice, const Terminal& terminal);

/// The same for what is open as `fd` and the environment of this process.
bool use_color(ColorChoice choice, int fd);

}  // namespace mitm::cli
