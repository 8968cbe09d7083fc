#include "lib/cli/run.h"

#include <catch2/catch.hpp>

#include "lib/cli/completion.h"
#include "lib/cli/help.h"
#include "lib/cli/man.h"
#include "tests/cli/sample.h"

using mitm::test::Ran;

namespace {

Ran sample(const std::string& arguments) {
  return mitm::test::run_shell(MITM_CLI_SAMPLE " " + arguments);
}

}  // namespace

TEST_CASE("the body gets the options, and its status is the program's") {
  const Ran ran = sample("-vv -- echo x");
  CHECK(ran.output == "mitm-sample: 2 of echo x\n");
  CHECK(ran.status == 0);
  CHECK(sample("status").status == 7);
}

TEST_CASE("help and version go to stdout and succeed") {
  CHECK(sample("--help 2>/dev/null").output == render_help(mitm::test::sample_program()));
  CHECK(sample("--help").status == 0);
  CHECK(sample("--version 2>/dev/null").output == "mitm-sample " MITM_VERSION "\n");
  CHECK(sample("fail -V").status == 0);
}

TEST_CASE("a subcommand has its own help") {
  const auto program = mitm::test::sample_program_with_subcommands();
  CHECK(sample("--many --help").output == render_help(program));
  CHECK(sample("--many init --help").output == render_help(program, &program.subcommands.front()));
}

TEST_CASE("usage errors exit with 2, keep stdout clean and name the help") {
  const Ran ran = sample("--raed");
  CHECK(ran.status == 2);
  CHECK(ran.output ==
        "mitm-sample: error: unknown option --raed\nmitm-sample: hint: did you mean --read?\n"
        "mitm-sample: hint: try 'mitm-sample --help'\n");
  CHECK(sample("--raed 2>/dev/null").output.empty());
  CHECK(sample("--many init --dais").output.find("try 'mitm-many init --help'") !=
        std::string::npos);
}

TEST_CASE("a usage error found by the body is treated alike") {
  const Ran ran = sample("usage");
  CHECK(ran.status == 2);
  CHECK(ran.output ==
        "mitm-sample: error: -a and -b exclude each other\nmitm-sample: hint: try 'mitm-sample "
        "--help'\n");
}

TEST_CASE("failures at run time exit with 1") {
  const Ran ran = sample("fail");
  CHECK(ran.status == 1);
  CHECK(ran.output == "mitm-sample: error: open a: no\nmitm-sample: hint: try b\n");
}

TEST_CASE("an exception is an internal error") {
  const Ran ran = sample("throw");
  CHECK(ran.status == 1);
  CHECK(ran.output == "mitm-sample: error: internal error: thrown\n");
}

TEST_CASE("a reader that goes away is success and silence") {
  const Ran ran = mitm::test::run_shell("{ " MITM_CLI_SAMPLE " print; echo $? >&2; } | head -n 1");
  CHECK(ran.output.find("a line of output\n") != std::string::npos);
  CHECK(ran.output.find("0\n") != std::string::npos);
  CHECK(ran.output.find("mitm-sample") == std::string::npos);
}

TEST_CASE("output that cannot be written is a failure") {
  const Ran ran = sample("print >/dev/full");
  CHECK(ran.status == 1);
  CHECK(ran.output == "mitm-sample: error: write standard output: No space left on device\n");
  CHECK(sample("--help >/dev/full").status == 1);
}

TEST_CASE("descriptors that were closed are not given to files") {
  CHECK(sample("open <&- >&- 2>&-").status == 0);
  const Ran ran = sample("print >&-");
  CHECK(ran.status == 1);
  CHECK(ran.output == "mitm-sample: error: write standard output: Bad file descriptor\n");
}

TEST_CASE("color is for terminals unless asked for") {
  CHECK(sample("fail").output.find('\x1b') == std::string::npos);
  CHECK(sample("--color always fail").output.find("\x1b[1;31merror:\x1b[0m open a") !=
        std::string::npos);
}

TEST_CASE("the documents can be rendered") {
  const auto program = mitm::test::sample_program();
  CHECK(sample("--render-docs man").output == render_man(program));
  CHECK(sample("--render-docs bash").output == render_bash_completion(program));
  CHECK(sample("--render-docs zsh").output == render_zsh_completion(program));
  CHECK(sample("--render-docs fish").output == render_fish_completion(program));
  CHECK(sample("--render-docs pdf").status == 2);
  CHECK(sample("--render-docs").status == 2);
}
