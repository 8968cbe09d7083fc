#include "lib/cli/help.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "tests/cli/sample.h"

using mitm::cli::render_help;

TEST_CASE("help opens with examples, then says how it is called and what it understands") {
  CHECK(render_help(mitm::test::sample_program()) == R"(Examples:
  mitm-sample -r session.flowz '~d example.com'
      Prints flows to one host.

Usage:
  mitm-sample -r FILE [-r FILE]... [options] [FILTER]
  mitm-sample [options] -- COMMAND ARG...

Print what was captured.

Arguments:
  FILTER  flows to print

Input:
  -r, --read FILE      read FILE, '-' is stdin
  -s, --snaplen BYTES  keep at most BYTES of a body

Output:
  -o, --output FORMAT  print FORMAT [text or ndjson]
  -m, --mode MODE      explicit, transparent or reverse:URL; don't guess
      --directory DIR  write below DIR
      --pass HOST      leave HOST alone
  -v, --verbose        print more
  -q, --quiet          print less

General:
      --color WHEN  use colours: auto, always or never (default: auto)
  -h, --help        print this help and exit
  -V, --version     print the version and exit
)");
}

TEST_CASE("help lists subcommands, and each has help of its own") {
  const auto program = mitm::test::sample_program_with_subcommands();
  const std::string all = render_help(program);
  CHECK(all.find("\nCommands ('mitm-many COMMAND --help' tells more):\n"
                 "  init   make an authority\n  issue  make a certificate\n") != std::string::npos);
  CHECK(all.find("--days") == std::string::npos);
  const std::string init = render_help(program, &program.subcommands.front());
  CHECK(init.starts_with("Examples:\n  mitm-many init --days 30\n"));
  CHECK(init.find("Usage:\n  mitm-many init [--days N]\n\nMake an authority.\n") !=
        std::string::npos);
  CHECK(init.find("  -d, --days N  valid for N days\n") != std::string::npos);
  CHECK(init.find("--home DIR") != std::string::npos);
}

TEST_CASE("long texts are wrapped at 80 columns and wide labels stand alone") {
  auto program = mitm::test::sample_program();
  program.flags.at(0).summary =
      "word word word word word word word word word word word word word word word end";
  program.flags.at(1).value_name = "A-VERY-LONG-VALUE-NAME";
  const std::string help = render_help(program);
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);) {
    CHECK(line.size() <= 80);
    CHECK_FALSE(line.ends_with(' '));
  }
  CHECK(help.find("\n  -s, --snaplen A-VERY-LONG-VALUE-NAME\n                   keep at most") !=
        std::string::npos);
}
