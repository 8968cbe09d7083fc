#include "lib/cli/flag.h"

#include <algorithm>

namespace mitm::cli {
namespace {

std::vector<Flag> flags_of_every_program() {
  return {
      {.long_name = "help",
       .short_name = 'h',
       .category = std::string(kGeneralCategory),
       .summary = "print this help and exit"},
      {.long_name = "version",
       .short_name = 'V',
       .category = std::string(kGeneralCategory),
       .summary = "print the version and exit"},
  };
}

}  // namespace

Flag color_flag() {
  return {
      .long_name = "color",
      .value_name = "WHEN",
      .category = std::string(kGeneralCategory),
      .summary = "use colours: auto, always or never (default: auto)",
      .details =
          "With auto, colours are used when the output is a terminal, TERM is neither empty nor "
          "dumb, and NO_COLOR is empty or not set.",
      .complete = Complete::kChoice,
      .choices = {"auto", "always", "never"}};
}

std::vector<Flag> all_flags(const Program& program, const Subcommand* subcommand) {
  std::vector<Flag> flags;
  if (subcommand != nullptr) flags = subcommand->flags;
  flags.insert(flags.end(), program.flags.begin(), program.flags.end());
  const std::vector<Flag> everywhere = flags_of_every_program();
  flags.insert(flags.end(), everywhere.begin(), everywhere.end());
  return flags;
}

const Flag* find_long(const std::vector<Flag>& flags, std::string_view long_name) {
  const auto found = std::ranges::find(flags, long_name, &Flag::long_name);
  return found == flags.end() ? nullptr : &*found;
}

const Flag* find_short(const std::vector<Flag>& flags, char short_name) {
  const auto found = std::ranges::find(flags, short_name, &Flag::short_name);
  return found == flags.end() || short_name == 0 ? nullptr : &*found;
}

const Subcommand* find_subcommand(const Program& program, std::string_view name) {
  const auto found = std::ranges::find(program.subcommands, name, &Subcommand::name);
  return found == program.subcommands.end() ? nullptr : &*found;
}

}  // namespace mitm::cli
