#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "lib/cli/completion.h"
#include "lib/cli/text.h"

namespace mitm::cli {
namespace {

std::string function_name(const Program& program) {
  std::string name = "_" + program.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

/// Text inside a single-quoted _arguments or _describe specification.
std::string escape(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    if (letter == '\'') {
      out += "'\\''";
      continue;
    }
    if (letter == '[' || letter == ']' || letter == ':' || letter == '\\') out += '\\';
    out += letter;
  }
  return out;
}

std::string action(Complete kind, const std::vector<std::string>& choices) {
  switch (kind) {
    case Complete::kNone:
      return " ";
    case Complete::kFile:
      return "_files";
    case Complete::kDirectory:
      return "_files -/";
    case Complete::kHost:
      return "_hosts";
    case Complete::kChoice:
    case Complete::kSuggestion:
      return escape(fmt::format("({})", fmt::join(choices, " ")));
  }
  return " ";
}

/// "-r+" and "--read=" say that the value may be attached, or be the next word.
std::string flag_spec(const Flag& flag) {
  const std::string_view long_end = flag.is_switch() ? "" : "=";
  const std::string_view short_end = flag.is_switch() ? "" : "+";
  const std::string value = flag.is_switch() ? ""
                                             : fmt::format(":{}:{}", escape(flag.value_name),
                                                           action(flag.complete, flag.choices));
  const std::string rest = fmt::format("[{}]{}", escape(plain_prose(flag.summary)), value);
  const std::string long_name = fmt::format("--{}{}", flag.long_name, long_end);
  if (flag.short_name == 0) {
    return fmt::format("'{}{}{}'", flag.repeatable ? "*" : "", long_name, rest);
  }
  const std::string lead =
      flag.repeatable ? "*" : fmt::format("(-{} --{})", flag.short_name, flag.long_name);
  return fmt::format("'{}'{{-{}{},{}}}'{}'", lead, flag.short_name, short_end, long_name, rest);
}

/// `_arguments` with the specifications of one table.
std::string arguments(const std::vector<Flag>& flags, const std::vector<std::string>& positionals,
                      std::string_view indent, std::string_view options = "") {
  std::string out = fmt::format("{}_arguments -s -S{}", indent, options);
  for (const Flag& flag : flags) out += fmt::format(" \\\n{}  {}", indent, flag_spec(flag));
  for (const std::string& positional : positionals)
    out += fmt::format(" \\\n{}  {}", indent, positional);
  return out + "\n";
}

std::vector<std::string> positional_specs(const std::vector<Positional>& positionals) {
  std::vector<std::string> specs;
  for (const Positional& positional : positionals) {
    const std::string_view many = positional.at_most == kAnyNumber ? "*" : "";
    const std::string_view optional = positional.at_least == 0 && many.empty() ? ":" : "";
    specs.push_back(fmt::format("'{}:{}{}:{}'", many, optional, escape(positional.name),
                                action(positional.complete, {})));
  }
  return specs;
}

std::string program_body(const Program& program) {
  auto specs = positional_specs(program.positionals);
  if (!program.command.empty()) {
    std::erase_if(specs, [](const std::string& spec) { return spec.starts_with("'*"); });
    specs.emplace_back("'*::command:_normal'");
  }
  return arguments(all_flags(program), specs, "  ");
}

std::string subcommand_body(const Program& program) {
  std::string names;
  std::string cases;
  for (const Subcommand& subcommand : program.subcommands) {
    names +=
        fmt::format("        '{}:{}'\n", subcommand.name, escape(plain_prose(subcommand.summary)));
    cases += fmt::format("        {})\n{}          ;;\n", subcommand.name,
                         arguments(all_flags(program, &subcommand),
                                   positional_specs(subcommand.positionals), "          "));
  }
  return fmt::format(R"(  local context state state_descr line
  typeset -A opt_args
{}  case $state in
    command)
      local -a commands=(
{}      )
      _describe command commands
      ;;
    argument)
      case $line[1] in
{}      esac
      ;;
  esac
)",
                     arguments(all_flags(program),
                               {"'1:command:->command'", "'*::argument:->argument'"}, "  ", " -C"),
                     names, cases);
}

}  // namespace

std::string render_zsh_completion(const Program& program) {
  return fmt::format(
      R"(#compdef {0}
# Written by 'make docs' from the flag table of {0}.
{1}() {{
{2}}}
{1} "$@"
)",
      program.name, function_name(program),
      program.subcommands.empty() ? program_body(program) : subcommand_body(program));
}

}  // namespace mitm::cli
