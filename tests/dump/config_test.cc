#include "cmd/mitm-dump/config.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <vector>

#include "cmd/mitm-dump/flags.h"
#include "lib/cli/parse.h"

using namespace mitm;
using namespace mitm::dump;
using render::BytesAs;
using render::Detail;
using render::TimeFormat;

namespace {

Result<Config> config(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"-r", "x.flowz"});
  const auto options = cli::parse(program(), arguments);
  if (!options) return std::unexpected(options.error());
  return make_config(*options);
}

std::string refusal(std::vector<std::string> arguments) {
  const auto result = config(std::move(arguments));
  if (result) return "accepted";
  CHECK(result.error().code == Code::kUsage);
  return result.error().message;
}

}  // namespace

TEST_CASE("without options every flow is a line of text") {
  const Config result = config({}).value();
  CHECK(result.inputs == std::vector<std::string>{"x.flowz"});
  CHECK(result.format == Format::kText);
  CHECK(result.text.detail == Detail::kLine);
  CHECK(result.text.time == TimeFormat::kTimeOfDay);
  CHECK(result.text.limit == std::numeric_limits<std::uint64_t>::max());
  CHECK(result.text.decode);
  CHECK_FALSE(result.flow);
}

TEST_CASE("verbosity is counted") {
  CHECK(config({"-q"}).value().text.detail == Detail::kQuiet);
  CHECK(config({"-v"}).value().text.detail == Detail::kHeads);
  CHECK(config({"-vv"}).value().text.detail == Detail::kBodies);
  CHECK(config({"-vvv"}).value().text.detail == Detail::kEverything);
  CHECK(config({"-vvvvv"}).value().text.detail == Detail::kEverything);
}

TEST_CASE("ways of showing bytes imply bodies") {
  CHECK(config({"-A"}).value().text.bytes == BytesAs::kAscii);
  CHECK(config({"-x"}).value().text.bytes == BytesAs::kHex);
  CHECK(config({"-X"}).value().text.bytes == BytesAs::kHexAscii);
  CHECK(config({"-X"}).value().text.detail == Detail::kBodies);
  CHECK(config({"-X", "-v"}).value().text.detail == Detail::kBodies);
  CHECK(config({"-X", "-vvv"}).value().text.detail == Detail::kEverything);
}

TEST_CASE("-t is counted as tcpdump counts it") {
  CHECK(config({"-t"}).value().text.time == TimeFormat::kNone);
  CHECK(config({"-tt"}).value().text.time == TimeFormat::kEpoch);
  CHECK(config({"-ttt"}).value().text.time == TimeFormat::kSincePrevious);
  CHECK(config({"-tttt"}).value().text.time == TimeFormat::kDate);
  CHECK(config({"-ttttt"}).value().text.time == TimeFormat::kSinceFirst);
  CHECK(config({"-ttttttt"}).value().text.time == TimeFormat::kSinceFirst);
}

TEST_CASE("numbers have their units and bounds") {
  CHECK(config({"-s100"}).value().text.limit == 100);
  CHECK(config({"-s", "64k"}).value().text.limit == 65536);
  CHECK(config({"-s0"}).value().text.limit == std::numeric_limits<std::uint64_t>::max());
  CHECK(config({"-c", "3"}).value().limit == 3);
  CHECK(refusal({"-c", "0"}) != "accepted");
  CHECK(refusal({"-s", "x"}) != "accepted");
}

TEST_CASE("the formats") {
  CHECK(config({"-o", "ndjson", "--bodies"}).value().format == Format::kNdjson);
  CHECK(config({"-o", "ndjson", "--bodies"}).value().bodies);
  CHECK(config({"--body", "request"}).value().format == Format::kBody);
  CHECK(config({"--body", "request"}).value().side == flow::Side::kClient);
  CHECK(config({"--body", "response"}).value().side == flow::Side::kServer);
  CHECK(config({"--count"}).value().format == Format::kCount);
  CHECK_FALSE(config({"--raw-bodies"}).value().text.decode);
  CHECK(config({"--flow", "a3:12"}).value().flow == FlowName{12, "a3"});
}

TEST_CASE("contradictions are refused") {
  CHECK(refusal({"--bodies"}) == "--bodies is for --output ndjson");
  CHECK(refusal({"--body", "request", "-o", "ndjson"}) != "accepted");
  CHECK(refusal({"--body", "request", "--count"}) != "accepted");
  CHECK(refusal({"-q", "-v"}) != "accepted");
  CHECK(refusal({"-A", "-X"}) == "only one of -A, -x and -X can be given");
  CHECK(refusal({"-o", "har"}) != "accepted");
  CHECK(refusal({"--body", "both"}) != "accepted");
  CHECK(refusal({"-r", "-", "-r", "-"}) == "standard input cannot be read twice");
}

TEST_CASE("a recording is made instead of printing") {
  CHECK(config({}).value().write.empty());
  CHECK(config({"-w", "y"}).value().write == "y");
  CHECK(config({"-w", "y", "-f", "-c", "2", "--flow", "3"}).value().follow);
  CHECK(config({"-w", "y"}).value().compression_level == 3);
  CHECK(config({"-w", "y", "--compression", "19"}).value().compression_level == 19);
  CHECK(config({"--recover", "y"}).value().recover);
  CHECK(config({"--recover", "y"}).value().write == "y");
  CHECK(refusal({"--compression", "3"}) == "--compression is for --write and --recover");
  CHECK(refusal({"-w", "y", "--compression", "20"}) != "accepted");
  CHECK(refusal({"-w", "y", "--recover", "z"}) == "only one of --write and --recover can be given");
  CHECK(refusal({"-w", "y", "--count"}) == "--write prints nothing: not with --count");
  CHECK(refusal({"-w", "y", "-o", "text"}) == "--write prints nothing: not with --output");
  CHECK(refusal({"--recover", "y", "--stats"}) == "--recover prints nothing: not with --stats");
  for (const char* other : {"-f", "-c2", "--flow=3"}) {
    CHECK(refusal({"--recover", "y", other}).starts_with("--recover takes all there is"));
  }
  CHECK(refusal({"--recover", "y", "-r", "z"}) == "--recover takes one recording at a time");
}

TEST_CASE("a summary is a format of its own") {
  CHECK(config({"--stats"}).value().format == Format::kStats);
  CHECK(config({"--stats", "-o", "ndjson"}).value().format == Format::kStatsNdjson);
  CHECK(refusal({"--stats", "--count"}) != "accepted");
  CHECK(refusal({"--stats", "--body", "request"}) != "accepted");
}

TEST_CASE("the words of a filter are joined") {
  const auto result = config({"host", "example.com", "and", "status >= 500"});
  REQUIRE(result);
  CHECK(result->filter->explain() == "host example.com and status >= 500");
}

TEST_CASE("a filter is refused with the reason") {
  const auto result = config({"status", "none"});
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::kUsage);
  CHECK(result.error().message == "filter: status: 'none' is no status");
}

TEST_CASE("without a recording there is nothing to do") {
  const auto options = cli::parse(program(), {});
  REQUIRE(options);
  CHECK(make_config(*options).error().message == "no recording to read");
}
