#include "lib/cli/man.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "lib/cli/text.h"

namespace mitm::cli {
namespace {

constexpr std::size_t kSourceColumns = 90;

/// Text that roff prints as it is: what it would turn into hyphens, quotes or accents is named.
std::string escape(std::string_view text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '\\':
        out += "\\e";
        break;
      case '-':
        out += "\\-";
        break;
      case '\'':
        out += "\\(aq";
        break;
      case '"':
        out += "\\(dq";
        break;
      case '`':
        out += "\\(ga";
        break;
      case '^':
        out += "\\(ha";
        break;
      case '~':
        out += "\\(ti";
        break;
      default:
        out += letter;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", escape(text)); }

std::string prose(std::string_view text) {
  return expand_prose(text, escape,
                      [](std::string_view name) { return bold(fmt::format("--{}", name)); });
}

/// Text lines. One that began with a period would be taken for a macro.
std::string lines(std::string_view text) {
  std::string out;
  for (const std::string& line : wrap(text, kSourceColumns)) {
    out += fmt::format("{}{}\n", line.front() == '.' ? "\\&" : "", line);
  }
  return out;
}

std::string sentence(std::string_view summary) {
  std::string out = prose(summary) + ".";
  out.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(out.front())));
  return out;
}

/// `macro` goes between paragraphs: man(7) does not allow it before the first.
std::string joined(const std::vector<std::string>& texts, std::string_view macro) {
  std::string out;
  for (const std::string& text : texts) {
    for (const std::string& paragraph : paragraphs(text)) {
      if (!out.empty()) out += fmt::format(".{}\n", macro);
      out += lines(prose(paragraph));
    }
  }
  return out;
}

std::string synopsis(std::string_view name, const std::vector<std::string>& forms) {
  std::string out;
  for (const std::string& form : forms) {
    if (!out.empty()) out += ".br\n";
    out += fmt::format(".B {}\n{}", escape(name), lines(escape(form)));
  }
  return out;
}

std::string flag_tag(const Flag& flag) {
  std::string tag;
  if (flag.short_name != 0) tag = bold(fmt::format("-{}", flag.short_name)) + ", ";
  tag += bold("--" + flag.long_name);
  if (!flag.is_switch()) tag += fmt::format(" \\fI{}\\fR", escape(flag.value_name));
  return tag;
}

/// Capital letters are for sentences, not for a value that happens to come first.
std::string flag_sentence(const Flag& flag) {
  const std::string first_word = flag.summary.substr(0, flag.summary.find_first_of(" ,:"));
  const bool is_value = std::ranges::find(flag.choices, first_word) != flag.choices.end();
  return is_value ? prose(flag.summary) + "." : sentence(flag.summary);
}

std::string flag_entry(const Flag& flag) {
  std::string out = fmt::format(".TP\n{}\n{}", flag_tag(flag), lines(flag_sentence(flag)));
  const std::string details = joined({flag.details}, "IP");
  if (!details.empty()) out += ".IP\n" + details;
  if (flag.repeatable) out += ".IP\nMay be given several times.\n";
  return out;
}

std::string flag_entries(const std::vector<Flag>& flags) {
  std::string out;
  for (const Flag& flag : flags) out += flag_entry(flag);
  return out;
}

std::string positional_entries(const std::vector<Positional>& positionals) {
  std::string out;
  for (const Positional& positional : positionals) {
    out += fmt::format(".TP\n\\fI{}\\fR\n{}", escape(positional.name),
                       lines(sentence(positional.summary)));
  }
  return out;
}

std::string example_entries(const std::vector<Example>& examples) {
  std::string out;
  for (const Example& example : examples) {
    if (!out.empty()) out += ".PP\n";
    out += fmt::format("{}.PP\n.RS 4\n.nf\n{}\n.fi\n.RE\n", lines(prose(example.sentence)),
                       escape(example.command));
  }
  return out;
}

std::string described_entries(const std::vector<Described>& rows) {
  std::string out;
  for (const Described& row : rows) {
    out += fmt::format(".TP\n{}\n{}", bold(row.name), joined({row.meaning}, "IP"));
  }
  return out;
}

std::string exit_status_entries(const std::vector<ExitStatus>& rows) {
  std::string out;
  for (const ExitStatus& row : rows) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}", row.status, joined({row.meaning}, "IP"));
  }
  return out;
}

std::string section(std::string_view title, std::string_view content) {
  return content.empty() ? "" : fmt::format(".SH {}\n{}", escape(title), content);
}

std::string subcommand_entry(const Program& program, const Subcommand& subcommand) {
  std::string out = fmt::format(".SS {}\n", escape(subcommand.name));
  out += synopsis(fmt::format("{} {}", program.name, subcommand.name), subcommand.synopsis);
  out += ".PP\n" + lines(sentence(subcommand.summary));
  const std::string description = joined(subcommand.description, "PP");
  if (!description.empty()) out += ".PP\n" + description;
  out += positional_entries(subcommand.positionals);
  out += flag_entries(subcommand.flags);
  const std::string examples = example_entries(subcommand.examples);
  if (!examples.empty()) out += ".PP\n" + examples;
  return out;
}

std::string commands(const Program& program) {
  std::string out;
  for (const Subcommand& subcommand : program.subcommands)
    out += subcommand_entry(program, subcommand);
  return out;
}

std::string options(const Program& program) {
  std::string out;
  for (const auto& [category, members] : by_category(all_flags(program))) {
    out += fmt::format(".SS {}\n", escape(category));
    out += flag_entries(members);
  }
  return out;
}

std::string title_line(const Program& program) {
  std::string name = program.name;
  for (char& letter : name)
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return fmt::format(".TH {} 1 {} \"mitmkit {}\" \"User Commands\"\n", escape(name),
                     MITM_MANUAL_DATE, MITM_VERSION);
}

std::string see_also(const Program& program) {
  if (program.see_also.empty()) return {};
  return lines(escape(fmt::format("{}", fmt::join(program.see_also, ", "))));
}

}  // namespace

std::string render_man(const Program& program) {
  std::string out = ".\\\" Written by 'make docs' from the flag table of the program.\n";
  out += title_line(program);
  out += section("NAME", fmt::format("{} \\- {}\n", escape(program.name), prose(program.summary)));
  out += section("SYNOPSIS", synopsis(program.name, program.synopsis));
  out += section("DESCRIPTION", joined(program.description, "PP"));
  out += section("ARGUMENTS", positional_entries(program.positionals));
  out += section("COMMANDS", commands(program));
  out += section("OPTIONS", options(program));
  for (const Section& extra : program.sections) {
    out += section(extra.title, joined(extra.paragraphs, "PP") + described_entries(extra.rows));
  }
  out += section("EXIT STATUS", exit_status_entries(program.exit_statuses));
  out += section("ENVIRONMENT", described_entries(program.environment));
  out += section("FILES", described_entries(program.files));
  out += section("EXAMPLES", example_entries(program.examples));
  out += section("SEE ALSO", see_also(program));
  return out;
}

}  // namespace mitm::cli
