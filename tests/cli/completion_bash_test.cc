#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/cli/completion.h"
#include "tests/cli/sample.h"
#include "tests/support/temp_dir.h"

using mitm::cli::Program;
using mitm::test::run_shell;

namespace {

/// What bash offers for the last of `words` (which readline has split), one a line.
std::string offered(const Program& program, const std::string& words,
                    const std::string& files = "") {
  const mitm::test::TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "c.bash", render_bash_completion(program), 0600,
                                      mitm::IfExists::kFail));
  std::string function = "_" + program.name;
  function[function.find('-')] = '_';
  const std::string script =
      "set -e\ncd " + dir.path().string() + "\nmkdir files\ncd files\n" +
      (files.empty() ? "" : "touch " + files) +
      "\nsource ../c.bash\ncompopt() { :; }\nCOMP_WORDS=(" + words +
      ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n" + function +
      "\nif [ ${#COMPREPLY[@]} -gt 0 ]; then printf '%s\\n' \"${COMPREPLY[@]}\"; fi\n";
  REQUIRE(mitm::write_file_atomically(dir / "run.bash", script, 0600, mitm::IfExists::kFail));
  const auto ran = run_shell("bash " + (dir / "run.bash").string());
  CHECK(ran.status == 0);
  return ran.output;
}

}  // namespace

TEST_CASE("bash accepts the script") {
  const mitm::test::TempDir dir;
  for (const Program& program :
       {mitm::test::sample_program(), mitm::test::sample_program_with_subcommands()}) {
    REQUIRE(mitm::write_file_atomically(dir / "c.bash", render_bash_completion(program), 0600,
                                        mitm::IfExists::kReplace));
    CHECK(run_shell("bash -n " + (dir / "c.bash").string()).output == "");
  }
}

TEST_CASE("bash offers options") {
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --ve") == "--verbose\n--version\n");
}

TEST_CASE("bash offers the values of a choice, also after an equals sign") {
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -o ''") == "text\nndjson\n");
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --output = n") == "ndjson\n");
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --output =") == "text\nndjson\n");
}

TEST_CASE("bash offers files whose names have spaces") {
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -r a", "'a b' c") == "a b\n");
}

TEST_CASE("bash offers nothing where only the person knows") {
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -s ''", "a") == "");
}

TEST_CASE("bash offers commands and then files after two dashes") {
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -- ech").find("echo\n") !=
        std::string::npos);
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -- echo --verb", "a") == "");
  CHECK(offered(mitm::test::sample_program(), "mitm-sample -- echo a", "ab") == "ab\n");
}

TEST_CASE("bash offers subcommands, then their flags") {
  const Program program = mitm::test::sample_program_with_subcommands();
  CHECK(offered(program, "mitm-many ''") == "init\nissue\n");
  CHECK(offered(program, "mitm-many --home x init --d") == "--days\n");
  CHECK(offered(program, "mitm-many issue --d") == "");
}
