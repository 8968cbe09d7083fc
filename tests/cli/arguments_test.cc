#include "lib/cli/arguments.h"

#include <catch2/catch.hpp>

#include "tests/cli/sample.h"

using mitm::cli::all_flags;
using Words = std::vector<std::string>;

namespace {

Words spelled_out(const Words& words) {
  return mitm::cli::spell_out(all_flags(mitm::test::sample_program()), words).value();
}

mitm::Error refused(const Words& words) {
  return mitm::cli::spell_out(all_flags(mitm::test::sample_program()), words).error();
}

}  // namespace

TEST_CASE("clusters of letters are spelled out") {
  CHECK(spelled_out({"-vvq"}) == Words{"--verbose", "--verbose", "--quiet"});
  CHECK(spelled_out({"-vr", "a"}) == Words{"--verbose", "--read", "a"});
}

TEST_CASE("the rest of a cluster is the value of a flag that takes one") {
  CHECK(spelled_out({"-s100"}) == Words{"--snaplen", "100"});
  CHECK(spelled_out({"-vs-v"}) == Words{"--verbose", "--snaplen", "-v"});
  CHECK(spelled_out({"-r="}) == Words{"--read", "="});
}

TEST_CASE("a value is attached with an equals sign or follows") {
  CHECK(spelled_out({"--read=a=b,c"}) == Words{"--read", "a=b,c"});
  CHECK(spelled_out({"--read="}) == Words{"--read", ""});
  CHECK(spelled_out({"--read", "a b"}) == Words{"--read", "a b"});
}

TEST_CASE("a value may look like an option") {
  CHECK(spelled_out({"-r", "-"}) == Words{"--read", "-"});
  CHECK(spelled_out({"--read", "--bogus"}) == Words{"--read", "--bogus"});
}

TEST_CASE("positionals stay, also a lone dash and the empty word") {
  CHECK(spelled_out({"host", "-", "", "-v"}) == Words{"host", "-", "", "--verbose"});
}

TEST_CASE("unknown options are named as they were typed, with a suggestion") {
  CHECK(refused({"--raed=x"}) ==
        mitm::Error{mitm::Code::kUsage, "unknown option --raed", "did you mean --read?"});
  CHECK(refused({"--verb"}) ==
        mitm::Error{mitm::Code::kUsage, "unknown option --verb", "did you mean --verbose?"});
  CHECK(refused({"--zzz"}) == mitm::Error{mitm::Code::kUsage, "unknown option --zzz"});
  CHECK(refused({"-vZ"}) == mitm::Error{mitm::Code::kUsage, "unknown option -Z"});
  CHECK(refused({"--=x"}).message == "unknown option --");
}

TEST_CASE("a missing value and a superfluous one are refused") {
  CHECK(refused({"-q", "-r"}).message == "option -r needs a value: FILE");
  CHECK(refused({"--snaplen"}).message == "option --snaplen needs a value: BYTES");
  CHECK(refused({"--quiet=true"}).message == "option --quiet takes no value");
  CHECK(refused({"--quiet="}).message == "option --quiet takes no value");
}

TEST_CASE("the first positional is found behind options and their values") {
  const auto flags = all_flags(mitm::test::sample_program());
  CHECK(mitm::cli::first_positional(flags, Words{"-v", "-r", "a", "--read=b", "init", "x"}) == 4);
  CHECK(mitm::cli::first_positional(flags, Words{"--bogus", "init"}) == 1);
  CHECK(mitm::cli::first_positional(flags, Words{"-v", "-r"}) == 2);
}

TEST_CASE("a value that may be left out is one of its choices, or is not there") {
  const std::vector<mitm::cli::Flag> flags = {{.long_name = "rules",
                                               .value_name = "[a|b]",
                                               .complete = mitm::cli::Complete::kChoice,
                                               .choices = {"a", "b"},
                                               .if_alone = "a"}};
  const auto spelled = [&](const Words& words) {
    return mitm::cli::spell_out(flags, words).value();
  };
  CHECK(spelled({"--rules"}) == Words{"--rules", "a"});
  CHECK(spelled({"--rules", "b"}) == Words{"--rules", "b"});
  CHECK(spelled({"--rules", "--rules=b"}) == Words{"--rules", "a", "--rules", "b"});
  CHECK(spelled({"--rules", "c"}) == Words{"--rules", "a", "c"});
}
