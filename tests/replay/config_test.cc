#include "cmd/mitm-replay/config.h"

#include <catch2/catch.hpp>

#include "cmd/mitm-replay/flags.h"
#include "lib/cli/check.h"

namespace mitm::replay {
namespace {

Result<Config> configure(const std::vector<std::string>& arguments) {
  const auto options = cli::parse(program(), arguments);
  if (!options) return std::unexpected(options.error());
  return make_config(*options);
}

TEST_CASE("the table of mitm-replay is sound") {
  CHECK(cli::check(program()) == std::vector<std::string>{});
}

TEST_CASE("everything is sent where it went, with 30 seconds for each answer, unless told") {
  const auto config = configure({"-r", "a.flowz"}).value();
  CHECK(config.inputs == std::vector<std::string>{"a.flowz"});
  CHECK_FALSE(config.route.to);
  CHECK_FALSE(config.route.keep_host);
  CHECK(config.timeout == std::chrono::seconds(30));
  CHECK_FALSE(config.limit);
  CHECK_FALSE(config.insecure);
  CHECK_FALSE(config.dry_run);
  CHECK_FALSE(config.quiet);
}

TEST_CASE("every option of mitm-replay is understood") {
  const auto config =
      configure({"-r",          "a,b",   "--read",        "-",    "--to",          "https://x:1",
                 "--keep-host", "-k",    "--upstream-ca", "c",    "--upstream-ca", "d",
                 "--limit",     "7",     "--timeout",     "0.25", "--dry-run",     "-q",
                 "--color",     "always"})
          .value();
  CHECK(config.inputs == std::vector<std::string>{"a,b", "-"});
  CHECK(config.route.to == Destination{true, {"x", 1}});
  CHECK(config.route.keep_host);
  CHECK(config.insecure);
  CHECK(config.upstream_ca == std::vector<std::filesystem::path>{"c", "d"});
  CHECK(config.limit == 7);
  CHECK(config.timeout == std::chrono::milliseconds(250));
  CHECK(config.dry_run);
  CHECK(config.quiet);
  CHECK(config.color);
}

TEST_CASE("what mitm-replay cannot do is a usage error") {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"-r", "a", "host", "x"},
                                             {"-r", "-", "-r", "-"},
                                             {"-r", "a", "--keep-host"},
                                             {"-r", "a", "--to", "x"},
                                             {"-r", "a", "--to", "http://x/path"},
                                             {"-r", "a", "--limit", "0"},
                                             {"-r", "a", "--timeout", "0"},
                                             {"-r", "a", "--timeout", "-1"},
                                             {"-r", "a", "--rate", "3"}}) {
    CAPTURE(arguments);
    const auto config = configure(arguments);
    REQUIRE_FALSE(config);
    CHECK(config.error().code == Code::kUsage);
  }
  CHECK(configure({"-r", "a", "host", "x"})
            .error()
            .message.find("filters are not available in this version") != std::string::npos);
}

}  // namespace
}  // namespace mitm::replay
