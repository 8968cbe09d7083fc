#include "cmd/mitm-ca/flags.h"

#include <catch2/catch.hpp>

#include "lib/cli/check.h"
#include "lib/cli/parse.h"

using namespace mitm;

namespace {

Result<cli::ParsedOptions> parse(const std::vector<std::string>& arguments) {
  return cli::parse(ca::program(), arguments);
}

}  // namespace

TEST_CASE("the table of mitm-ca is sound") {
  CHECK(cli::check(ca::program()) == std::vector<std::string>{});
}

TEST_CASE("every option of init is understood") {
  const auto options = parse({"init", "--name", "A, B", "--days", "9", "--key", "rsa", "--force"});
  REQUIRE(options);
  CHECK(options->subcommand() == "init");
  CHECK(options->value("name") == "A, B");
  CHECK(options->value("days") == "9");
  CHECK(options->value("key") == "rsa");
  CHECK(options->has("force"));
}

TEST_CASE("every option of show and export is understood, and --home everywhere") {
  CHECK(parse({"--home", "/h", "show", "--text"})->value("home") == "/h");
  const auto options = parse({"export", "--format", "der", "-o", "x", "--home=/h"});
  REQUIRE(options);
  CHECK(options->value("format") == "der");
  CHECK(options->value("output") == "x");
  CHECK(options->value("home") == "/h");
}

TEST_CASE("what mitm-ca does not know is a usage error") {
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{},
                                                    {"make"},
                                                    {"init", "--key", "dsa"},
                                                    {"export", "--format", "jks"},
                                                    {"export", "--for", "amiga"},
                                                    {"issue"},
                                                    {"show", "extra"},
                                                    {"show", "--force"}}) {
    const auto options = parse(arguments);
    REQUIRE_FALSE(options);
    CHECK(options.error().code == Code::kUsage);
  }
}
