#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/cli/completion.h"
#include "tests/cli/sample.h"
#include "tests/support/temp_dir.h"

using mitm::cli::Program;
using mitm::cli::render_zsh_completion;

TEST_CASE("zsh is told values, repetition and exclusion") {
  const std::string script = render_zsh_completion(mitm::test::sample_program());
  CHECK(script.starts_with("#compdef mitm-sample\n"));
  CHECK(script.find(R"('*'{-r+,--read=}'[read FILE, '\''-'\'' is stdin]:FILE:_files')") !=
        std::string::npos);
  CHECK(
      script.find(
          R"('(-o --output)'{-o+,--output=}'[print FORMAT \[text or ndjson\]]:FORMAT:(text ndjson)')") !=
      std::string::npos);
  CHECK(script.find(R"('--directory=[write below DIR]:DIR:_files -/')") != std::string::npos);
  CHECK(script.find(R"('--pass=[leave HOST alone]:HOST:_hosts')") != std::string::npos);
  CHECK(script.find(R"('*'{-v,--verbose}'[print more]')") != std::string::npos);
  CHECK(script.find(R"('*::command:_normal')") != std::string::npos);
}

TEST_CASE("zsh is told subcommands and their flags") {
  const std::string script = render_zsh_completion(mitm::test::sample_program_with_subcommands());
  CHECK(script.find("'init:make an authority'") != std::string::npos);
  CHECK(script.find("'(-d --days)'{-d+,--days=}'[valid for N days]:N: '") != std::string::npos);
  CHECK(script.find("'*:HOST:_hosts'") != std::string::npos);
}

TEST_CASE("zsh accepts the script") {
  if (!mitm::test::is_installed("zsh")) {
    WARN("zsh is not installed");
    return;
  }
  const mitm::test::TempDir dir;
  for (const Program& program :
       {mitm::test::sample_program(), mitm::test::sample_program_with_subcommands()}) {
    REQUIRE(mitm::write_file_atomically(dir / "_c", render_zsh_completion(program), 0600,
                                        mitm::IfExists::kReplace));
    CHECK(mitm::test::run_shell("zsh -n " + (dir / "_c").string()).output == "");
  }
}
