#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/cli/completion.h"
#include "tests/cli/sample.h"
#include "tests/support/temp_dir.h"

using mitm::cli::Program;
using mitm::cli::render_fish_completion;

namespace {

/// What fish offers at the end of `line`, names only, one a line.
std::string offered(const Program& program, const std::string& line) {
  const mitm::test::TempDir dir;
  REQUIRE(mitm::write_file_atomically(dir / "c.fish", render_fish_completion(program), 0600,
                                      mitm::IfExists::kFail));
  const std::string home = "HOME=" + dir.path().string() + " fish --no-config -c ";
  return mitm::test::run_shell("cd " + dir.path().string() + "; " + home +
                               "'source c.fish; complete -C \"" + line + "\"' | cut -f 1")
      .output;
}

}  // namespace

TEST_CASE("fish is told values and names") {
  const std::string script = render_fish_completion(mitm::test::sample_program());
  CHECK(
      script.find(R"(complete -c mitm-sample -s r -l read -r -F -d 'read FILE, \'-\' is stdin')") !=
      std::string::npos);
  CHECK(script.find("-l output -x -a 'text ndjson' -d") != std::string::npos);
  CHECK(script.find("-s v -l verbose -d 'print more'") != std::string::npos);
}

TEST_CASE("fish completes options, choices, files and subcommands") {
  if (!mitm::test::is_installed("fish")) {
    WARN("fish is not installed");
    return;
  }
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --verb") == "--verbose\n");
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --output ") == "ndjson\ntext\n");
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --read ").find("c.fish\n") !=
        std::string::npos);
  CHECK(offered(mitm::test::sample_program(), "mitm-sample --snaplen ") == "");
  CHECK(offered(mitm::test::sample_program_with_subcommands(), "mitm-many ") == "init\nissue\n");
  CHECK(offered(mitm::test::sample_program_with_subcommands(), "mitm-many init --da") ==
        "--days\n");
}
