#include "lib/cli/color.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace mitm::cli {
namespace {

std::string environment_value(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<ColorChoice> parse_color_choice(std::string_view text) {
  if (text == "auto") return ColorChoice::kAuto;
  if (text == "always") return ColorChoice::kAlways;
  if (text == "never") return ColorChoice::kNever;
  return fail(Code::kUsage,
              fmt::format("option --color: '{}' is not one of auto, always, never", text));
}

bool use_color(ColorChoice choice, const Terminal& terminal) {
  if (choice != ColorChoice::kAuto) return choice == ColorChoice::kAlways;
  return terminal.is_terminal && !terminal.term.empty() && terminal.term != "dumb" &&
         terminal.no_color.empty();
}

bool use_color(ColorChoice choice, int fd) {
  return use_color(choice, Terminal{.is_terminal = ::isatty(fd) == 1,
                                    .term = environment_value("TERM"),
                                    .no_color = environment_value("NO_COLOR")});
}

}  // namespace mitm::cli
