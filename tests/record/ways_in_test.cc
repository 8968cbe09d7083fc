#include "cmd/mitm-record/ways_in.h"

#include <catch2/catch.hpp>

#include "cmd/mitm-record/flags.h"

namespace mitm::record {
namespace {

using flow::Endpoint;

Result<std::vector<WayIn>> ways(const std::vector<std::string>& arguments) {
  const auto options = cli::parse(program(), arguments);
  if (!options) return std::unexpected(options.error());
  return read_ways_in(*options);
}

std::string refusal(const std::vector<std::string>& arguments) {
  const auto result = ways(arguments);
  if (result) return "accepted";
  CHECK(result.error().code == Code::kUsage);
  return result.error().message;
}

Endpoint listener(const std::vector<std::string>& arguments) {
  const auto all = ways(arguments).value();
  REQUIRE(all.size() == 1);
  return all.front().entrance.listener;
}

TEST_CASE("without options there is one way in, an explicit proxy") {
  const auto all = ways({}).value();
  REQUIRE(all.size() == 1);
  CHECK(all.front().mode == "explicit");
  CHECK(all.front().entrance.mode == flow::Mode::kExplicit);
  CHECK(all.front().entrance.listener == Endpoint{"127.0.0.1", 8080});
}

TEST_CASE("with a command the port is the system's choice, unless one was asked for") {
  CHECK(listener({"--", "true"}).port == 0);
  CHECK(listener({"-l", "8081", "--", "true"}).port == 8081);
}

TEST_CASE("an address may be written as people write it") {
  CHECK(listener({"-l", "9"}) == Endpoint{"127.0.0.1", 9});
  CHECK(listener({"-l", "127.1.2.3:9"}) == Endpoint{"127.1.2.3", 9});
  CHECK(listener({"-l", "localhost:9"}) == Endpoint{"127.0.0.1", 9});
  CHECK(listener({"-l", "[::1]:9"}) == Endpoint{"::1", 9});
  CHECK(listener({"-m", "explicit@[::1]:9"}) == Endpoint{"::1", 9});
  CHECK(listener({"-m", "explicit"}).port == 8080);
  CHECK(listener({"-m", "explicit@9"}) == Endpoint{"127.0.0.1", 9});
}

TEST_CASE("each mode has its address, and one of them may leave it to --listen") {
  const auto all =
      ways({"-m", "explicit@127.0.0.1:1", "-m", "explicit", "-m", "explicit@[::1]:0", "-l", "5"})
          .value();
  REQUIRE(all.size() == 3);
  CHECK(all[0].entrance.listener == Endpoint{"127.0.0.1", 1});
  CHECK(all[1].entrance.listener == Endpoint{"127.0.0.1", 5});
  CHECK(all[2].entrance.listener == Endpoint{"::1", 0});
}

TEST_CASE("addresses that are missing, given twice or for nobody are refused") {
  CHECK(refusal({"-m", "explicit", "-m", "explicit"}) ==
        "--mode: explicit needs an address of its own");
  CHECK(refusal({"-m", "explicit@127.0.0.1:1", "-m", "explicit@127.0.0.1:1"}) ==
        "--mode: 127.0.0.1:1 is given twice");
  CHECK(ways({"-m", "explicit@127.0.0.1:0", "-m", "explicit@127.0.0.1:0"}).has_value());
  CHECK(refusal({"-m", "explicit@127.0.0.1:1", "-l", "2"}).find("exclude") != std::string::npos);
}

TEST_CASE("a reverse mode names its server") {
  using Scheme = proxy::ReverseRoute::Scheme;
  struct Row {
    const char* mode;
    Scheme scheme;
    flow::Target target;
    Endpoint listener;
  };
  const Endpoint common{"127.0.0.1", 8080};
  for (const auto& row :
       {Row{"reverse:https://example.com", Scheme::kHttps, {"example.com", 443}, common},
        Row{"reverse:http://example.com:81/", Scheme::kHttp, {"example.com", 81}, common},
        Row{"reverse:tls://[::1]:993@127.0.0.1:9", Scheme::kTls, {"::1", 993}, {"127.0.0.1", 9}},
        Row{"reverse:tcp://db:5432@[::1]:5", Scheme::kTcp, {"db", 5432}, {"::1", 5}}}) {
    CAPTURE(row.mode);
    const auto way = ways({"-m", row.mode}).value().front();
    CHECK(way.entrance.mode == flow::Mode::kReverse);
    CHECK(way.entrance.route->scheme == row.scheme);
    CHECK(way.entrance.route->target == row.target);
    CHECK(way.entrance.listener == row.listener);
    CHECK(std::string(row.mode).starts_with(way.mode));
  }
}

TEST_CASE("servers that are none are refused") {
  for (const auto* url :
       {"reverse:", "reverse:example.com", "reverse:ftp://a", "reverse:tls://a", "reverse:tcp://a",
        "reverse:http://", "reverse:http://a/path", "reverse:http://a:0", "reverse:http://u@a"})
    CHECK(refusal({"-m", url}).contains("--mode: "));
}

TEST_CASE("a command needs an explicit proxy among the ways in") {
  CHECK(refusal({"-m", "transparent", "--", "true"}) == "a COMMAND needs the explicit proxy");
  CHECK(ways({"-m", "transparent@127.0.0.1:1", "-m", "explicit", "--", "true"}).has_value());
}

TEST_CASE("modes and addresses that cannot be meant are refused") {
  CHECK(refusal({"-l", "65536"}).find("--listen") != std::string::npos);
  CHECK(refusal({"-l", "example.com:80"}).find("--listen") != std::string::npos);
  CHECK(refusal({"-m", "sideways"}) == "--mode: 'sideways' is not a mode");
  CHECK(refusal({"-m", "explicit@"}).find("--mode") != std::string::npos);
  CHECK(refusal({"-m", "explicit@example.com:80"}).find("--mode") != std::string::npos);
}

}  // namespace
}  // namespace mitm::record
