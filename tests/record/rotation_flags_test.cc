#include "cmd/mitm-record/rotation_flags.h"

#include <catch2/catch.hpp>

#include "cmd/mitm-record/flags.h"

using namespace mitm;
using namespace std::chrono_literals;

namespace {

Result<record::Config> config(const std::vector<std::string>& arguments) {
  const auto options = cli::parse(record::program(), arguments);
  if (!options) return std::unexpected(options.error());
  return record::make_config(*options);
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto result = config(arguments);
  if (result) return "accepted";
  CHECK(result.error().code == Code::kUsage);
  return result.error().message;
}

}  // namespace

TEST_CASE("a recording is in one file unless somebody says otherwise") {
  CHECK_FALSE(config({"-w", "f"}).value().output.rotation);
}

TEST_CASE("what decides on files arrives") {
  const auto result = config({"-w", "d/%F", "-C", "3", "-G", "1.5", "-W", "9", "-z", "gzip"});
  const auto rules = result.value().output.rotation.value();
  CHECK(rules.path == "d/%F");
  CHECK(rules.size == 3'000'000);
  CHECK(rules.interval == 1500ms);
  CHECK(rules.count == 9);
  CHECK(result.value().output.post_rotate == "gzip");
}

TEST_CASE("without a file nothing is rotated") {
  for (const std::string flag : {"-C", "-G", "-W", "-z"}) {
    CHECK(refusal({flag, "1"}).find("there is no file to write to") != std::string::npos);
    CHECK(refusal({"-w", "-", flag, "1"}).find("there is no file to write to") !=
          std::string::npos);
  }
}

TEST_CASE("appending needs a file, and rotation does without it") {
  CHECK(config({"-w", "f", "--append"}).value().output.append);
  CHECK_FALSE(config({"-w", "f", "--append"}).value().output.rotation);
  CHECK_FALSE(config({"-w", "f"}).value().output.append);
  CHECK(refusal({"--append"}) == "--append: there is no file to write to");
  CHECK(refusal({"--append", "-w", "-"}) == "--append: there is no file to write to");
  CHECK(refusal({"--append", "-w", "f", "-C", "1"}).find("exclude") != std::string::npos);
  CHECK(refusal({"--append", "-w", "%s", "-G", "1"}).find("exclude") != std::string::npos);
  CHECK(refusal({"--append", "-w", "f", "-z", "gzip"}) ==
        "--post-rotate: nothing says when a file ends");
}

TEST_CASE("a count and a command need something that ends files") {
  CHECK(refusal({"-w", "f", "-W", "3"}) == "--file-count: nothing says when a file ends");
  CHECK(refusal({"-w", "f", "-z", "gzip"}) == "--post-rotate: nothing says when a file ends");
}

TEST_CASE("values that mean nothing are refused") {
  CHECK(refusal({"-w", "f", "-C", "0"}).find("--file-size") != std::string::npos);
  CHECK(refusal({"-w", "f", "-C", "1k"}).find("--file-size") != std::string::npos);
  CHECK(refusal({"-w", "f", "-C", "99999999999999999"}).find("--file-size") != std::string::npos);
  CHECK(refusal({"-w", "%s", "-G", "0"}).find("--rotate-seconds") != std::string::npos);
  CHECK(refusal({"-w", "f", "-C", "1", "-W", "0"}).find("--file-count") != std::string::npos);
}

TEST_CASE("a name without a time is refused where each file would overwrite the one before") {
  CHECK(refusal({"-w", "f", "-G", "1"}) ==
        "--write: 'f' has no time in it, so that each file would overwrite the one before");
  CHECK(config({"-w", "f", "-G", "1", "-C", "1"}));
  CHECK(config({"-w", "f", "-G", "1", "-W", "2"}));
}
