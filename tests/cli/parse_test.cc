#include "lib/cli/parse.h"

#include <catch2/catch.hpp>

#include "tests/cli/sample.h"

using mitm::cli::ParsedOptions;
using Words = std::vector<std::string>;

namespace {

ParsedOptions parsed(const Words& words) {
  return mitm::cli::parse(mitm::test::sample_program(), words).value();
}

mitm::Error refused(const Words& words) {
  return mitm::cli::parse(mitm::test::sample_program(), words).error();
}

}  // namespace

TEST_CASE("what was not given is absent") {
  const ParsedOptions options = parsed({});
  CHECK_FALSE(options.has("read"));
  CHECK(options.count("verbose") == 0);
  CHECK_FALSE(options.value("snaplen"));
  CHECK(options.value_or("snaplen", "7") == "7");
  CHECK(options.values("read").empty());
  CHECK(options.positionals().empty());
  CHECK(options.command().empty());
  CHECK(options.subcommand().empty());
}

TEST_CASE("switches are counted") {
  CHECK(parsed({"-vvv"}).count("verbose") == 3);
  CHECK(parsed({"-v", "--verbose"}).count("verbose") == 2);
  CHECK(parsed({"-q"}).has("quiet"));
}

TEST_CASE("values keep their order and their commas") {
  CHECK(parsed({"-r", "a,b", "--read=c", "-rd"}).values("read") == Words{"a,b", "c", "d"});
}

TEST_CASE("the last value wins") {
  CHECK(parsed({"-s1", "--snaplen", "2"}).value("snaplen") == "2");
}

TEST_CASE("values may be empty, hold newlines, and be as long as the kernel allows") {
  CHECK(parsed({"--read="}).values("read") == Words{""});
  CHECK(parsed({"--read=a\nb"}).value("read") == "a\nb");
  const std::string longest(131'000, 'x');
  CHECK(parsed({"--read=" + longest}).value("read") == longest);
  CHECK(parsed({longest}).positionals() == Words{longest});
}

TEST_CASE("options and positionals may be mixed") {
  const ParsedOptions options = parsed({"host", "-v", "example.com", "-r", "-", "-"});
  CHECK(options.positionals() == Words{"host", "example.com", "-"});
  CHECK(options.values("read") == Words{"-"});
}

TEST_CASE("everything after the first two dashes is the command") {
  const ParsedOptions options = parsed({"-v", "--", "curl", "-v", "--", "x"});
  CHECK(options.count("verbose") == 1);
  CHECK(options.command() == Words{"curl", "-v", "--", "x"});
  CHECK(refused({"--"}).message == "'--' must be followed by COMMAND");
}

TEST_CASE("two dashes are no value") {
  CHECK(refused({"-r", "--", "x"}).message == "option -r needs a value: FILE");
}

TEST_CASE("without a command in the table, words after two dashes are positionals") {
  mitm::cli::Program program = mitm::test::sample_program();
  program.command.clear();
  const auto options = mitm::cli::parse(program, Words{"a", "--", "-v"});
  REQUIRE(options);
  CHECK(options->positionals() == Words{"a", "-v"});
  CHECK(options->count("verbose") == 0);
}

TEST_CASE("a choice is checked, a suggestion is not") {
  CHECK(parsed({"-o", "ndjson"}).value("output") == "ndjson");
  CHECK(refused({"-o", "ndjsn"}) ==
        mitm::Error{mitm::Code::kUsage, "option --output: 'ndjsn' is not one of text, ndjson",
                    "did you mean ndjson?"});
  CHECK(parsed({"-m", "reverse:http://a"}).value("mode") == "reverse:http://a");
}

TEST_CASE("positionals are counted against the table") {
  mitm::cli::Program program = mitm::test::sample_program();
  program.positionals = {{.name = "FROM", .summary = "x", .at_least = 1},
                         {.name = "TO", .summary = "y"}};
  CHECK(mitm::cli::parse(program, Words{}).error().message == "missing argument FROM");
  CHECK(mitm::cli::parse(program, Words{"a"}));
  CHECK(mitm::cli::parse(program, Words{"a", "b"}));
  CHECK(mitm::cli::parse(program, Words{"a", "b", "c"}).error().message ==
        "unexpected argument 'c'");
  program.positionals.clear();
  CHECK(mitm::cli::parse(program, Words{"a"}).error().message == "unexpected argument 'a'");
}

TEST_CASE("help does not ask for what is missing") {
  mitm::cli::Program program = mitm::test::sample_program();
  program.positionals = {{.name = "FROM", .summary = "x", .at_least = 1}};
  CHECK(mitm::cli::parse(program, Words{"-h"}).value().has("help"));
  CHECK(mitm::cli::parse(program, Words{"--version"}).value().has("version"));
}

TEST_CASE("every letter and name of the table is understood") {
  for (const mitm::cli::Flag& flag : all_flags(mitm::test::sample_program())) {
    const std::string value = flag.choices.empty() ? "v" : flag.choices.front();
    Words words{"--" + flag.long_name};
    if (!flag.is_switch()) words.push_back(value);
    CHECK(parsed(words).count(flag.long_name) == 1);
    if (flag.short_name == 0) continue;
    const std::string letter = std::string("-") + flag.short_name;
    CHECK(parsed({letter + (flag.is_switch() ? "" : value)}).count(flag.long_name) == 1);
  }
}

TEST_CASE("a subcommand has its own flags besides the common ones") {
  const auto program = mitm::test::sample_program_with_subcommands();
  const auto options =
      mitm::cli::parse(program, Words{"--home", "issue", "init", "-d9", "--home=b"});
  REQUIRE(options);
  CHECK(options->subcommand() == "init");
  CHECK(options->values("home") == Words{"issue", "b"});
  CHECK(options->value("days") == "9");
  CHECK(options->positionals().empty());
}

TEST_CASE("a subcommand has its own positionals") {
  const auto program = mitm::test::sample_program_with_subcommands();
  CHECK(mitm::cli::parse(program, Words{"issue", "a", "b"}).value().positionals() ==
        Words{"a", "b"});
  CHECK(mitm::cli::parse(program, Words{"issue"}).error().message == "missing argument HOST");
  CHECK(mitm::cli::parse(program, Words{"init", "a"}).error().message == "unexpected argument 'a'");
}

TEST_CASE("a subcommand refuses the flags of others") {
  const auto program = mitm::test::sample_program_with_subcommands();
  CHECK(mitm::cli::parse(program, Words{"issue", "--days", "3", "h"}).error().message ==
        "unknown option --days");
  CHECK(mitm::cli::parse(program, Words{"--days", "3", "init"}).error().message ==
        "unknown option --days");
}

TEST_CASE("a wrong or missing subcommand is told") {
  const auto program = mitm::test::sample_program_with_subcommands();
  CHECK(mitm::cli::parse(program, Words{}).error().message ==
        "no command given, expected one of init, issue");
  CHECK(mitm::cli::parse(program, Words{"int"}).error() ==
        mitm::Error{mitm::Code::kUsage, "unknown command 'int', expected one of init, issue",
                    "did you mean init?"});
  CHECK(mitm::cli::parse(program, Words{"--help"}).value().subcommand().empty());
  CHECK(mitm::cli::parse(program, Words{"issue", "--help"}).value().subcommand() == "issue");
}
