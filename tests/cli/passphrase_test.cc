#include "lib/cli/passphrase.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;

// The terminal is asked in tests/ca, where there is one.

namespace {

constexpr auto kVariable = "MITM_TEST_PASSPHRASE";

cli::PassphraseSource source(const std::vector<std::string>& arguments) {
  const cli::Program program{.name = "sample",
                             .flags = {{.long_name = "passphrase-file", .value_name = "FILE"}}};
  return {cli::parse(program, arguments).value(), "passphrase-file", kVariable};
}

}  // namespace

TEST_CASE("a passphrase is the first line of its file, without the line's end") {
  const TempDir dir;
  const std::string path = (dir / "file").string();
  for (const ByteView content : {"se cret ", "se cret \n", "se cret \r\nmore\n"}) {
    REQUIRE(write_file_atomically(path, content, 0600, IfExists::kReplace));
    CHECK(source({"--passphrase-file", path}).read("x").value() == "se cret ");
  }
  REQUIRE(write_file_atomically(path, "\nsecret\n", 0600, IfExists::kReplace));
  CHECK(source({"--passphrase-file", path}).read("x").error().code == Code::kUsage);
  CHECK_FALSE(source({"--passphrase-file", (dir / "none").string()}).read("x"));
}

TEST_CASE("the environment gives a passphrase, and the file wins over it") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "file", "file", 0600, IfExists::kReplace));
  CHECK_FALSE(source({}).is_given());
  ::setenv(kVariable, "variable", 1);
  CHECK(source({}).is_given());
  CHECK(source({}).read("x").value() == "variable");
  CHECK(source({"--passphrase-file", (dir / "file").string()}).read("x").value() == "file");
  ::setenv(kVariable, "", 1);
  CHECK_FALSE(source({}).is_given());
  ::unsetenv(kVariable);
}
