#include "lib/tls/probe_server.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "lib/base/io.h"
#include "lib/tls/issue.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

std::optional<tls::ProbeVerdict> wait_for_verdict(const tls::ProbeServer& server) {
  for (int i = 0; i < 500 && !server.verdict(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return server.verdict();
}

void connect(const tls::ProbeServer& server, const std::string& options) {
  const std::string command =
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:" +
      std::to_string(server.port()) + " " + options + " >/dev/null 2>&1";
  static_cast<void>(std::system(command.c_str()));
}

}  // namespace

TEST_CASE("a client that goes on trusts, one that does not says why") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "ca.pem", shared_ca().certificate_pem().value(), 0644,
                                IfExists::kFail));
  const auto leaf = tls::issue(shared_ca(), {.names = {"localhost"}}, now()).value();
  const auto server = tls::ProbeServer::start(leaf).value();
  CHECK_FALSE(server->verdict());
  connect(*server, "-verify_return_error -no-CAfile -no-CApath");
  const auto refused = wait_for_verdict(*server);
  REQUIRE(refused);
  CHECK_FALSE(refused->trusted);
  CHECK(refused->reason.find("unknown ca") != std::string::npos);
  connect(*server, "-verify_return_error -CAfile " + (dir / "ca.pem").string());
  CHECK(wait_for_verdict(*server)->trusted);
  connect(*server, "-verify_return_error -no-CAfile -no-CApath");
  CHECK(server->verdict()->trusted);
}
