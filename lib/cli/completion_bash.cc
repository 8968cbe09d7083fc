#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "lib/cli/completion.h"

namespace mitm::cli {
namespace {

std::string function_name(const Program& program) {
  std::string name = "_" + program.name;
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string words(std::string_view list) {
  return fmt::format("mapfile -t COMPREPLY < <(compgen -W '{}' -- \"$cur\")", list);
}

/// The statement that fills COMPREPLY; ":" where there is nothing to offer.
std::string reply(Complete kind, const std::vector<std::string>& choices) {
  switch (kind) {
    case Complete::kNone:
      return ":";
    case Complete::kFile:
      return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
    case Complete::kDirectory:
      return "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
    case Complete::kHost:
      return "mapfile -t COMPREPLY < <(compgen -A hostname -- \"$cur\")";
    case Complete::kChoice:
    case Complete::kSuggestion:
      return words(fmt::format("{}", fmt::join(choices, " ")));
  }
  return ":";
}

/// Completes according to one table, then returns from the function.
std::string table(const std::vector<Flag>& flags, const std::string& positional_reply) {
  std::string values;
  std::vector<std::string> names;
  for (const Flag& flag : flags) {
    names.push_back("--" + flag.long_name);
    if (flag.is_switch()) continue;
    const std::string letter = flag.short_name != 0 ? fmt::format("-{} | ", flag.short_name) : "";
    values += fmt::format("    {}--{}) {}; return ;;\n", letter, flag.long_name,
                          reply(flag.complete, flag.choices));
  }
  std::string out;
  if (!values.empty()) out = fmt::format("  case $prev in\n{}  esac\n", values);
  return out + fmt::format("  if [[ $cur == -* ]]; then\n    {}\n  else\n    {}\n  fi\n  return\n",
                           words(fmt::format("{}", fmt::join(names, " "))), positional_reply);
}

std::string positional_reply(const std::vector<Positional>& positionals) {
  return positionals.empty() ? ":" : reply(positionals.front().complete, {});
}

std::string subcommand_tables(const Program& program) {
  std::vector<std::string> names;
  std::string cases;
  for (const Subcommand& subcommand : program.subcommands) {
    names.push_back(subcommand.name);
    cases += fmt::format(
        "  {})\n{}  ;;\n", subcommand.name,
        table(all_flags(program, &subcommand), positional_reply(subcommand.positionals)));
  }
  return fmt::format(R"(  local word subcommand=
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case $word in
      {}) subcommand=$word; break ;;
    esac
  done
  case $subcommand in
{}  esac
{})",
                     fmt::join(names, " | "), cases,
                     table(all_flags(program), words(fmt::format("{}", fmt::join(names, " ")))));
}

constexpr std::string_view kCommandAfterDashes =
    R"(  local earlier
  for earlier in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $earlier == -- ]]; then
      if [[ $prev == -- ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      else
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      fi
      return
    fi
  done
)";

}  // namespace

std::string render_bash_completion(const Program& program) {
  const std::string body = program.subcommands.empty()
                               ? table(all_flags(program), positional_reply(program.positionals))
                               : subcommand_tables(program);
  // Readline splits words at '=', so --flag=va arrives as three of them.
  return fmt::format(R"(# bash completion for {0}, written by 'make docs' from its flag table.
{1}() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
{2}{3}}}
complete -F {1} {0}
)",
                     program.name, function_name(program),
                     program.command.empty() ? "" : kCommandAfterDashes, body);
}

}  // namespace mitm::cli
