#include "lib/cli/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>

#include "lib/cli/text.h"

namespace mitm::cli {
namespace {

/// So that a row of --help with the widest label stays within three lines of 80 columns.
constexpr std::size_t kLongestSummary = 120;

bool is_lower_alnum(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9');
}

bool is_name(std::string_view name) {
  return name.size() >= 2 && is_lower_alnum(name.front()) && is_lower_alnum(name.back()) &&
         std::ranges::all_of(name,
                             [](char letter) { return letter == '-' || is_lower_alnum(letter); });
}

/// Collects what is wrong, of one table at a time.
class Checker {
 public:
  void table(std::string_view owner, const std::vector<Flag>& flags) {
    std::set<std::string> long_names;
    std::set<char> short_names;
    for (const Flag& flag : flags) {
      const std::string who = fmt::format("{}: --{}", owner, flag.long_name);
      expect(long_names.insert(flag.long_name).second, who, "the long name is used twice");
      expect(flag.short_name == 0 || short_names.insert(flag.short_name).second, who,
             fmt::format("the letter {} is used twice", flag.short_name));
      names(who, flag);
      values(who, flag);
      summary(who, flag.summary);
      prose(who, flag.summary, flags);
      prose(who, flag.details, flags);
    }
  }
  void summary(std::string_view who, std::string_view text) {
    expect(!text.empty(), who, "the summary is empty");
    expect(!text.ends_with('.'), who, "the summary ends with a full stop");
    expect(text.find('\n') == text.npos, who, "the summary has more than one line");
    expect(text.size() <= kLongestSummary, who, "the summary is too long");
  }
  void prose(std::string_view who, std::string_view text, const std::vector<Flag>& flags) {
    expect(std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }),
           who, "the text is not ASCII");
    for (const std::string& name : flag_references(text)) {
      expect(find_long(flags, name) != nullptr, who,
             fmt::format("there is no flag '{}' to refer to", name));
    }
  }
  void synopsis(std::string_view who, const std::vector<std::string>& forms) {
    expect(!forms.empty(), who, "there is no synopsis");
    for (const std::string& form : forms) prose(who, form, {});
  }
  void examples(std::string_view who, std::string_view program, const std::vector<Example>& all,
                const std::vector<Flag>& flags) {
    for (const Example& example : all) {
      expect(example.command.find(program) != std::string::npos, who,
             fmt::format("the example '{}' does not call the program", example.command));
      expect(!example.sentence.empty(), who,
             fmt::format("the example '{}' is not explained", example.command));
      prose(who, example.command, flags);
      prose(who, example.sentence, flags);
    }
  }
  void positionals(std::string_view who, const std::vector<Positional>& all,
                   const std::vector<Flag>& flags) {
    for (const Positional& positional : all) {
      expect(!positional.name.empty(), who, "a positional has no name");
      summary(fmt::format("{}: {}", who, positional.name), positional.summary);
      prose(who, positional.summary, flags);
      expect(positional.at_least <= positional.at_most, who,
             "a positional is wanted more often than allowed");
      expect(positional.at_most != kAnyNumber || &positional == &all.back(), who,
             "a positional without a bound is not the last");
    }
  }
  void expect(bool sound, std::string_view who, std::string_view complaint) {
    if (!sound) complaints_.push_back(fmt::format("{}: {}", who, complaint));
  }
  std::vector<std::string> take() { return std::move(complaints_); }

 private:
  void names(std::string_view who, const Flag& flag) {
    expect(is_name(flag.long_name), who, "the long name is not made of a-z, 0-9 and inner dashes");
    expect(flag.short_name == 0 || std::isalnum(static_cast<unsigned char>(flag.short_name)) != 0,
           who, "the short name is not a letter or digit");
    expect(!flag.category.empty(), who, "there is no category");
  }
  void values(std::string_view who, const Flag& flag) {
    const bool offers =
        flag.complete == Complete::kChoice || flag.complete == Complete::kSuggestion;
    expect(!flag.is_switch() || flag.complete == Complete::kNone, who,
           "a switch has values to complete");
    expect(offers != flag.choices.empty(), who, "choices and the kind of completion do not agree");
    for (const std::string& choice : flag.choices) {
      expect(!choice.empty() && choice.find_first_of(" \t\n'\"\\") == choice.npos, who,
             fmt::format("the choice '{}' has characters that completions cannot hold", choice));
    }
  }

  std::vector<std::string> complaints_;
};

void check_program(const Program& program, Checker& checker) {
  const std::vector<Flag> flags = all_flags(program);
  const std::string& who = program.name;
  checker.expect(is_name(program.name), who, "the name of the program is not well formed");
  checker.summary(who, program.summary);
  checker.synopsis(who, program.synopsis);
  checker.expect(!program.examples.empty(), who, "there are no examples");
  checker.examples(who, program.name, program.examples, flags);
  checker.expect(!program.description.empty(), who, "there is no description");
  for (const std::string& text : program.description) checker.prose(who, text, flags);
  checker.positionals(who, program.positionals, flags);
  checker.table(who, flags);
  checker.expect(!program.exit_statuses.empty(), who, "there is no table of exit statuses");
  for (const ExitStatus& row : program.exit_statuses) checker.prose(who, row.meaning, flags);
  for (const Described& row : program.files) checker.prose(who, row.name + row.meaning, flags);
  for (const Described& row : program.environment)
    checker.prose(who, row.name + row.meaning, flags);
  for (const Section& section : program.sections) {
    for (const std::string& text : section.paragraphs) checker.prose(who, text, flags);
    for (const Described& row : section.rows) checker.prose(who, row.name + row.meaning, flags);
  }
}

void check_subcommand(const Program& program, const Subcommand& subcommand, Checker& checker) {
  const std::vector<Flag> flags = all_flags(program, &subcommand);
  const std::string who = fmt::format("{} {}", program.name, subcommand.name);
  checker.expect(is_name(subcommand.name), who, "the name of the command is not well formed");
  checker.expect(find_subcommand(program, subcommand.name) == &subcommand, who,
                 "the name is used twice");
  checker.summary(who, subcommand.summary);
  checker.synopsis(who, subcommand.synopsis);
  checker.examples(who, program.name, subcommand.examples, flags);
  for (const std::string& text : subcommand.description) checker.prose(who, text, flags);
  checker.positionals(who, subcommand.positionals, flags);
  checker.table(who, flags);
}

}  // namespace

std::vector<std::string> check(const Program& program) {
  Checker checker;
  check_program(program, checker);
  for (const Subcommand& subcommand : program.subcommands)
    check_subcommand(program, subcommand, checker);
  return checker.take();
}

}  // namespace mitm::cli
