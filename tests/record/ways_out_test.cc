#include "cmd/mitm-record/ways_out.h"

#include <catch2/catch.hpp>
#include <map>

#include "cmd/mitm-record/flags.h"

namespace mitm::record {
namespace {

using proxy::Purpose;
using Environment = std::map<std::string, const char*>;

Result<proxy::Settings> settings(const std::vector<std::string>& arguments,
                                 const Environment& environment = {}) {
  const auto options = cli::parse(program(), arguments);
  if (!options) return std::unexpected(options.error());
  proxy::Settings settings;
  const auto variable = [&](const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second;
  };
  MITM_TRY(read_ways_out(*options, variable, settings));
  return settings;
}

std::string via(const Result<proxy::Settings>& chosen, const std::string& host,
                Purpose purpose = Purpose::kTunnel) {
  const auto upstream = chosen.value().routes.upstreams.find({host, 443}, purpose);
  return upstream ? upstream->name() : "directly";
}

TEST_CASE("exceptions come first, then hosts, then the rest, in whatever order they are written") {
  const auto chosen =
      settings({"--upstream", "http://all", "--upstream", "*.test=socks5://u:a=b@some",
                "--upstream", "a.test=http://never", "--no-upstream", "b.test"});
  CHECK(via(chosen, "x") == "http://all:80");
  CHECK(via(chosen, "a.test") == "socks5://some:1080");
  CHECK(via(chosen, "b.test") == "directly");
}

TEST_CASE("an equals sign in a password separates nothing") {
  CHECK(via(settings({"--upstream", "http://u:a=b@all"}), "x") == "http://all:80");
}

TEST_CASE("variables are read as by curl, and only when asked for") {
  const Environment environment = {{"http_proxy", "plain:3128"},
                                   {"HTTP_PROXY", "http://never"},
                                   {"HTTPS_PROXY", "socks5h://tunnels"},
                                   {"ALL_PROXY", "http://never"},
                                   {"no_proxy", "a.test, .b.test,192.0.2.0/24"}};
  CHECK(via(settings({}, environment), "x") == "directly");
  const auto chosen = settings({"--upstream", "env"}, environment);
  CHECK(via(chosen, "x") == "socks5://tunnels:1080");
  CHECK(via(chosen, "x", Purpose::kRequests) == "http://plain:3128");
  for (const auto* host : {"a.test", "sub.a.test", "b.test", "192.0.2.7"})
    CHECK(via(chosen, host) == "directly");
  CHECK(via(chosen, "aa.test") == "socks5://tunnels:1080");
  CHECK(via(settings({"--upstream", "env"}, {{"no_proxy", "*"}, {"all_proxy", "http://x"}}), "x") ==
        "directly");
  CHECK(via(settings({"--upstream", "env", "--upstream", "y=http://z"}, {{"all_proxy", "w"}}),
            "x") == "http://w:80");
}

TEST_CASE("other servers and addresses are those of curl's options") {
  const auto chosen =
      settings({"--connect-to", "a.test:443:b.test:", "--resolve", "b.test:443:192.0.2.1"});
  const auto route = chosen.value().routes.find({"a.test", 443}, Purpose::kTunnel);
  CHECK(route.server == flow::Target{"b.test", 443});
  CHECK(route.known.size() == 1);
}

TEST_CASE("sources are numeric, one for each family") {
  const auto sources = [](const std::vector<std::string>& arguments) {
    return read_sources(cli::parse(program(), arguments).value());
  };
  CHECK(sources({}).value().empty());
  CHECK(sources({"--source", "127.0.0.1", "--source", "::1"}).value().size() == 2);
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"--source", "eth0"},
        {"--source", "127.0.0.1:80"},
        {"--source", "127.0.0.1", "--source", "127.0.0.2"}}) {
    const auto refused = sources(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::kUsage);
  }
}

TEST_CASE("what contradicts itself or is no proxy is wrong usage") {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--upstream", "http://a", "--upstream", "http://b"},
        {"--upstream", "http://a", "--upstream", "env"},
        {"--upstream", "a"},
        {"--upstream", "a/b=http://a"},
        {"--no-upstream", ""},
        {"--resolve", "a.test:80"},
        {"--connect-to", "a.test:80"}}) {
    const auto chosen = settings(arguments);
    REQUIRE_FALSE(chosen);
    CHECK(chosen.error().code == Code::kUsage);
  }
  CHECK(settings({"--upstream", "env"}, {{"all_proxy", "ftp://x"}})
            .error()
            .message.starts_with("$all_proxy: "));
}

}  // namespace
}  // namespace mitm::record
