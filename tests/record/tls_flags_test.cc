#include "cmd/mitm-record/tls_flags.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "cmd/mitm-record/flags.h"

using namespace mitm;
using tls::Version;

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

TEST_CASE("hosts arrive where they belong") {
  const auto result =
      config({"--pass", "a", "--pass", "b", "--only", "*.c", "--insecure-host", "d"});
  const proxy::TlsPolicy& policy = result.value().proxy.tls;
  CHECK(policy.pass.size() == 2);
  CHECK(policy.only.at(0).text() == "*.c");
  CHECK(policy.insecure.at(0).text() == "d");
  CHECK(refusal({"--pass", "a b"}) == "--pass: 'a b' names no hosts: no name looks like that");
}

TEST_CASE("certificates are for all hosts or for some") {
  const auto result = config({"--client-cert", "all.pem", "--client-cert", "a:1=dir/b=c.pem"});
  const auto& files = result.value().tls.towards_servers;
  REQUIRE(files.size() == 2);
  CHECK_FALSE(files[0].hosts);
  CHECK(files[0].path == "all.pem");
  CHECK(files[1].hosts->text() == "a:1");
  CHECK(files[1].path == "dir/b=c.pem");
  CHECK(refusal({"--cert", "b.pem"}) == "--cert: 'b.pem' names no host");
  CHECK(refusal({"--cert", "=b.pem"}).starts_with("--cert: '' names no hosts"));
}

TEST_CASE("versions are for both sides or for one") {
  const auto result =
      config({"--tls-min", "1.0", "--tls-min", "client=1.1", "--tls-max", "server=1.2"});
  const auto& tls = result.value().tls;
  CHECK(tls.client_versions.min == Version::kTls11);
  CHECK(tls.server_versions.min == Version::kTls10);
  CHECK(tls.client_versions.max == Version::kTls13);
  CHECK(tls.server_versions.max == Version::kTls12);
  CHECK(refusal({"--tls-min", "2"}) == "--tls-min: '2' is no TLS version");
  CHECK(refusal({"--tls-min", "both=1.2"}) == "--tls-min: 'both=1.2' is no TLS version");
  CHECK(refusal({"--tls-max", "1.1"}) == "--tls-min is above --tls-max");
}

TEST_CASE("secrets are logged where the option, or else the environment says") {
  ::unsetenv("SSLKEYLOGFILE");
  CHECK_FALSE(config({}).value().tls.key_log);
  ::setenv("SSLKEYLOGFILE", "from-environment", 1);
  CHECK(config({}).value().tls.key_log == "from-environment");
  CHECK(config({"--keylog", "named"}).value().tls.key_log == "named");
  ::unsetenv("SSLKEYLOGFILE");
}
