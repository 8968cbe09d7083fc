#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

#include "lib/cli/completion.h"
#include "lib/cli/text.h"

namespace mitm::cli {
namespace {

std::string quote(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    if (letter == '\'' || letter == '\\') out += '\\';
    out += letter;
  }
  return out + "'";
}

/// -r: a value must follow; -F: file names are offered; -x: a value must follow and is no file.
std::string value_options(Complete kind, const std::vector<std::string>& choices) {
  switch (kind) {
    case Complete::kNone:
      return " -x";
    case Complete::kFile:
      return " -r -F";
    case Complete::kDirectory:
      return " -x -a '(__fish_complete_directories)'";
    case Complete::kHost:
      return " -x -a '(__fish_print_hostnames)'";
    case Complete::kChoice:
    case Complete::kSuggestion:
      return " -x -a " + quote(fmt::format("{}", fmt::join(choices, " ")));
  }
  return " -x";
}

std::string flag_lines(std::string_view start, const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& flag : flags) {
    out += start;
    if (flag.short_name != 0) out += fmt::format(" -s {}", flag.short_name);
    out += fmt::format(" -l {}", flag.long_name);
    if (!flag.is_switch()) out += value_options(flag.complete, flag.choices);
    out += fmt::format(" -d {}\n", quote(plain_prose(flag.summary)));
  }
  return out;
}

std::string positional_line(std::string_view start, const std::vector<Positional>& positionals) {
  if (positionals.empty()) return {};
  switch (positionals.front().complete) {
    case Complete::kFile:
      return fmt::format("{} -F\n", start);
    case Complete::kDirectory:
      return fmt::format("{} -a '(__fish_complete_directories)'\n", start);
    case Complete::kHost:
      return fmt::format("{} -a '(__fish_print_hostnames)'\n", start);
    default:
      return {};
  }
}

}  // namespace

std::string render_fish_completion(const Program& program) {
  const std::string start = fmt::format("complete -c {}", program.name);
  std::string out = fmt::format(
      "# fish completion for {}, written by 'make docs' from its flag table.\n", program.name);
  out += start + " -f\n";
  out += flag_lines(start, all_flags(program));
  out += positional_line(start, program.positionals);
  if (!program.command.empty()) {
    out += fmt::format("{} -n 'contains -- -- (commandline -opc)' -F\n", start);
  }
  for (const Subcommand& subcommand : program.subcommands) {
    out += fmt::format("{} -n __fish_use_subcommand -a {} -d {}\n", start, subcommand.name,
                       quote(plain_prose(subcommand.summary)));
    const std::string within =
        fmt::format("{} -n '__fish_seen_subcommand_from {}'", start, subcommand.name);
    out += flag_lines(within, subcommand.flags);
    out += positional_line(within, subcommand.positionals);
  }
  return out;
}

}  // namespace mitm::cli
