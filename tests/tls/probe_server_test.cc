#include "lib/tls/probe_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>
#include <vector>

#include "lib/base/fd.h"
#include "lib/base/io.h"
#include "lib/tls/issue.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;

namespace {

std::optional<tls::ProbeVerdict> wait_for_verdict(const tls::ProbeServer& server) {
  for (int i = 0; i < 3000 && !server.verdict(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return server.verdict();
}

void connect(const tls::ProbeServer& server, const std::string& options) {
  const std::string command =
      "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | openssl s_client -quiet -connect 127.0.0.1:" +
      std::to_string(server.port()) + " " + options + " >/dev/null 2>&1";
  static_cast<void>(std::system(command.c_str()));
}

Fd connect_silently(const tls::ProbeServer& server) {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server.port());
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  return fd;
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

TEST_CASE("clients that connect and say nothing do not hold up another") {
  const TempDir dir;
  REQUIRE(write_file_atomically(dir / "ca.pem", shared_ca().certificate_pem().value(), 0644,
                                IfExists::kFail));
  const auto leaf = tls::issue(shared_ca(), {.names = {"localhost"}}, now()).value();
  const auto server = tls::ProbeServer::start(leaf).value();
  std::vector<Fd> silent;
  for (int i = 0; i < 5; ++i) silent.push_back(connect_silently(*server));
  connect(*server, "-verify_return_error -CAfile " + (dir / "ca.pem").string());
  const auto verdict = wait_for_verdict(*server);
  REQUIRE(verdict);
  CHECK(verdict->trusted);
}

TEST_CASE("a client that says nothing before it leaves went away") {
  const auto leaf = tls::issue(shared_ca(), {.names = {"localhost"}}, now()).value();
  const auto server = tls::ProbeServer::start(leaf).value();
  static_cast<void>(connect_silently(*server));
  const auto verdict = wait_for_verdict(*server);
  REQUIRE(verdict);
  CHECK_FALSE(verdict->trusted);
}
