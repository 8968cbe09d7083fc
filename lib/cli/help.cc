#include "lib/cli/help.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "lib/cli/text.h"

namespace mitm::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kWidestLabel = 26;

/// What the page is made of, taken from the program or from one of its subcommands.
struct Page {
  std::string name;  ///< "mitm-ca init"
  const std::string& summary;
  const std::vector<std::string>& synopsis;
  const std::vector<Example>& examples;
  const std::vector<Positional>& positionals;
};

Page page_of(const Program& program, const Subcommand* subcommand) {
  if (subcommand == nullptr) {
    return {program.name, program.summary, program.synopsis, program.examples, program.positionals};
  }
  return {program.name + " " + subcommand->name, subcommand->summary, subcommand->synopsis,
          subcommand->examples, subcommand->positionals};
}

std::string indented(std::string_view text, std::size_t indent) {
  std::string out;
  for (const std::string& line : wrap(text, kColumns - indent)) {
    out += fmt::format("{:{}}{}\n", "", indent, line);
  }
  return out;
}

struct Row {
  std::string label;
  std::string text;
};

/// Two columns; a label that is too wide has its text below it.
std::string table(std::span<const Row> rows) {
  std::size_t widest = 0;
  for (const Row& row : rows) {
    if (row.label.size() <= kWidestLabel) widest = std::max(widest, row.label.size());
  }
  const std::size_t column = 2 + widest + 2;
  std::string out;
  for (const Row& row : rows) {
    std::string text = indented(row.text, column);
    if (row.label.size() <= widest) {
      text.replace(0, std::min(column, text.size()), fmt::format("  {:{}}", row.label, column - 2));
      out += text;
    } else {
      out += fmt::format("  {}\n{}", row.label, text);
    }
  }
  return out;
}

std::string render_examples(const std::vector<Example>& examples) {
  if (examples.empty()) return {};
  std::string out = "Examples:\n";
  for (const Example& example : examples) {
    out += fmt::format("  {}\n{}", example.command, indented(plain_prose(example.sentence), 6));
  }
  return out + "\n";
}

std::string render_usage(const Page& page) {
  std::string out = "Usage:\n";
  for (const std::string& form : page.synopsis) {
    const std::string lead = fmt::format("  {} ", page.name);
    std::string text = indented(form, lead.size());
    text.replace(0, lead.size(), lead);
    out += text;
  }
  std::string summary = page.summary + ".";
  summary.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(summary.front())));
  return out + "\n" + indented(summary, 0);
}

std::string render_commands(const Program& program) {
  std::vector<Row> rows;
  for (const Subcommand& subcommand : program.subcommands) {
    rows.push_back({subcommand.name, subcommand.summary});
  }
  return fmt::format("\nCommands ('{} COMMAND --help' tells more):\n{}", program.name, table(rows));
}

std::string render_arguments(const std::vector<Positional>& positionals) {
  if (positionals.empty()) return {};
  std::vector<Row> rows;
  for (const Positional& positional : positionals) {
    rows.push_back({positional.name, plain_prose(positional.summary)});
  }
  return "\nArguments:\n" + table(rows);
}

std::string render_flags(const std::vector<Flag>& flags) {
  std::string out;
  for (const auto& [category, members] : by_category(flags)) {
    std::vector<Row> rows;
    for (const Flag& flag : members) rows.push_back({flag_label(flag), plain_prose(flag.summary)});
    out += fmt::format("\n{}:\n{}", category, table(rows));
  }
  return out;
}

}  // namespace

std::string render_help(const Program& program, const Subcommand* subcommand) {
  const Page page = page_of(program, subcommand);
  std::string out = render_examples(page.examples) + render_usage(page);
  if (subcommand == nullptr && !program.subcommands.empty()) out += render_commands(program);
  out += render_arguments(page.positionals);
  out += render_flags(all_flags(program, subcommand));
  return out;
}

}  // namespace mitm::cli
