#include "lib/cli/check.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/cli/sample.h"

using mitm::cli::Flag;
using mitm::cli::Program;

namespace {

/// The complaints about the sample after `spoil` changed it.
std::vector<std::string> complaints(const std::function<void(Program&)>& spoil) {
  Program program = mitm::test::sample_program();
  spoil(program);
  return mitm::cli::check(program);
}

using Complaints = std::vector<std::string>;

}  // namespace

TEST_CASE("a sound table has no complaints") {
  CHECK(mitm::cli::check(mitm::test::sample_program()) == Complaints{});
  CHECK(mitm::cli::check(mitm::test::sample_program_with_subcommands()) == Complaints{});
}

TEST_CASE("names must be unique, also against those that every program has") {
  CHECK(complaints([](Program& p) { p.flags.at(1).long_name = "read"; }) ==
        Complaints{"mitm-sample: --read: the long name is used twice"});
  CHECK(complaints([](Program& p) { p.flags.at(1).short_name = 'h'; }) ==
        Complaints{"mitm-sample: --help: the letter h is used twice"});
}

TEST_CASE("names must be well formed") {
  CHECK(complaints([](Program& p) { p.flags.at(1).long_name = "s"; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).long_name = "Snap"; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).long_name = "snap-"; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).short_name = '-'; }).size() == 1);
}

TEST_CASE("summaries must be there, short and without a full stop") {
  CHECK(complaints([](Program& p) { p.flags.at(1).summary = ""; }) ==
        Complaints{"mitm-sample: --snaplen: the summary is empty"});
  CHECK(complaints([](Program& p) { p.flags.at(1).summary = "keep."; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).summary = "a\nb"; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).summary = std::string(200, 'a'); }).size() == 1);
}

TEST_CASE("texts must be ASCII and refer to flags that exist") {
  CHECK(complaints([](Program& p) { p.flags.at(1).details = "gr\u00fcn"; }) ==
        Complaints{"mitm-sample: --snaplen: the text is not ASCII"});
  CHECK(complaints([](Program& p) { p.exit_statuses.at(1).meaning = "\\flag{none}"; }) ==
        Complaints{"mitm-sample: there is no flag 'none' to refer to"});
}

TEST_CASE("values must agree with their completion") {
  CHECK(complaints([](Program& p) { p.flags.at(0).value_name = ""; }) ==
        Complaints{"mitm-sample: --read: a switch has values to complete"});
  CHECK(complaints([](Program& p) { p.flags.at(2).choices.clear(); }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).choices = {"a"}; }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(2).choices = {"a b"}; }).size() == 1);
}

TEST_CASE("what help and manual open with must be there") {
  CHECK(complaints([](Program& p) { p.synopsis.clear(); }).size() == 1);
  CHECK(complaints([](Program& p) { p.examples.clear(); }).size() == 1);
  CHECK(complaints([](Program& p) { p.examples.at(0).command = "curl x"; }).size() == 1);
  CHECK(complaints([](Program& p) { p.examples.at(0).sentence = ""; }).size() == 1);
  CHECK(complaints([](Program& p) { p.description.clear(); }).size() == 1);
  CHECK(complaints([](Program& p) { p.exit_statuses.clear(); }).size() == 1);
  CHECK(complaints([](Program& p) { p.flags.at(1).category = ""; }).size() == 1);
}

TEST_CASE("only the last positional may be without a bound") {
  CHECK(complaints([](Program& p) {
          p.positionals.push_back({.name = "X", .summary = "x"});
        }).size() == 1);
  CHECK(complaints([](Program& p) { p.positionals.at(0).name = ""; }).size() == 1);
}

TEST_CASE("subcommands are checked too") {
  Program program = mitm::test::sample_program_with_subcommands();
  program.subcommands.at(1).name = "init";
  program.subcommands.at(0).flags.at(0).long_name = "home";
  CHECK(mitm::cli::check(program).size() == 3);
}
