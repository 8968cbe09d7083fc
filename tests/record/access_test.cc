#include "cmd/mitm-record/access.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "cmd/mitm-record/flags.h"
#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

namespace mitm::record {
namespace {

struct Read {
  Access access;
  std::vector<WayIn> ways;
};

Result<Read> read(const std::vector<std::string>& arguments) {
  const auto options = cli::parse(program(), arguments);
  if (!options) return std::unexpected(options.error());
  auto ways = read_ways_in(*options);
  if (!ways) return std::unexpected(ways.error());
  auto access = read_access(*options, *ways);
  if (!access) return std::unexpected(access.error());
  return Read{*std::move(access), *std::move(ways)};
}

Error refusal(const std::vector<std::string>& arguments) {
  const auto result = read(arguments);
  if (result) return {Code::kIo, "accepted"};
  CHECK(result.error().code == Code::kUsage);
  return result.error();
}

TEST_CASE("an address that other machines reach is refused unless something restricts them") {
  for (const auto* address : {"0.0.0.0:8080", "[::]:8080", "192.0.2.1:8080"}) {
    const auto error = refusal({"-l", address});
    CHECK(error.message.contains("could be used from other machines"));
    CHECK(error.hint.contains("--allow"));
    CHECK(error.hint.contains("--proxy-auth"));
    CHECK(read({"-l", address, "--allow", "10.0.0.0/8"}).value().ways.front().entrance.guarded);
    CHECK_FALSE(read({"-l", address, "--proxy-auth", "a:b"}).value().ways.front().entrance.guarded);
  }
  CHECK_FALSE(read({"-l", "8080", "--allow", "10.0.0.0/8"}).value().ways.front().entrance.guarded);
}

TEST_CASE("a password restricts nobody where nobody is asked for one") {
  for (const auto* mode : {"transparent@0.0.0.0:1", "reverse:http://a@0.0.0.0:1"}) {
    const auto error = refusal({"-m", mode, "--proxy-auth", "a:b"});
    CHECK(error.message.contains("could be used from other machines"));
    CHECK_FALSE(error.hint.contains("--proxy-auth"));
    CHECK(read({"-m", mode, "--allow", "::/0"}).has_value());
  }
}

TEST_CASE("networks and logins that are none are refused") {
  CHECK(refusal({"--allow", "10.0.0.0/40"}).message.starts_with("--allow: '10.0.0.0/40'"));
  CHECK(refusal({"--allow", "example.com"}).message.starts_with("--allow: "));
  CHECK(refusal({"--proxy-auth", "nobody"}).message.contains("USER:PASSWORD"));
  CHECK(refusal({"--proxy-auth", ":x"}).message.contains("USER:PASSWORD"));
  CHECK(refusal({"--proxy-auth", "a:b", "--", "true"}).message.contains("COMMAND"));
}

struct Loaded {
  Result<proxy::Credentials> credentials;
  std::string said;
};

Loaded load(const std::string& login) {
  const test::TempDir dir;
  const auto said = (dir.path() / "said").string();
  const Fd fd(::open(said.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  const cli::Diagnostics diagnostics("test", false, fd.get());
  auto credentials = load_credentials({login}, diagnostics);
  return {std::move(credentials), read_file(said, 4096).value()};
}

TEST_CASE("a file has one login in each line") {
  const test::TempDir dir;
  const auto path = (dir.path() / "logins").string();
  std::ofstream(path) << "# ours\n\nme:secret\r\nyou:a:b\n";
  ::chmod(path.c_str(), 0600);
  const auto loaded = load("@" + path);
  REQUIRE(loaded.credentials.has_value());
  CHECK(loaded.credentials->accept("me", "secret"));
  CHECK(loaded.credentials->accept("you", "a:b"));
  CHECK(loaded.said.empty());
}

TEST_CASE("a file that others can read is worth a warning, one without logins an error") {
  const test::TempDir dir;
  const auto path = (dir.path() / "logins").string();
  std::ofstream(path) << "me:secret\n";
  ::chmod(path.c_str(), 0644);
  CHECK(load("@" + path).said.contains("chmod 600"));
  std::ofstream(path) << "# nobody\n";
  CHECK(load("@" + path).credentials.error().message.contains("holds no login"));
  std::ofstream(path) << "nonsense\n";
  CHECK(load("@" + path).credentials.error().message.contains("line 1"));
  CHECK_FALSE(load("@" + path + ".none").credentials.has_value());
}

}  // namespace
}  // namespace mitm::record
