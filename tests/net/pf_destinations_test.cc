#include "lib/net/pf_destinations.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "lib/net/address.h"
#include "tests/support/peer.h"
#include "tests/support/temp_dir.h"

namespace mitm::net {
namespace {

/// A program that prints `text`, in place of pfctl.
std::string program_that_prints(const test::TempDir& dir, const std::string& text) {
  const auto path = dir.path() / "pfctl";
  std::ofstream(path) << "#!/bin/sh\n[ \"$1 $2\" = '-s state' ] && cat <<'END'\n"
                      << text << "\nEND\n";
  ::chmod(path.c_str(), 0700);
  return path.string();
}

TEST_CASE("pfctl is asked where a connection was going") {
  const test::TempDir dir;
  test::Origin origin;
  const test::Peer client = test::connect_peer(origin.endpoint());
  const test::Peer server = origin.accept();
  const auto pfctl = program_that_prints(
      dir, fmt::format("ALL tcp {} <- 192.0.2.1:443 <- {}       ESTABLISHED:ESTABLISHED",
                       origin.authority(), to_string(local_endpoint(client.fd()))));
  CHECK(make_pfctl_destinations(pfctl)->find(server.fd(), origin.endpoint()) ==
        flow::Endpoint{"192.0.2.1", 443});
}

TEST_CASE("a connection that it does not know is told with the rule that is missing") {
  const test::TempDir dir;
  test::Origin origin;
  const test::Peer client = test::connect_peer(origin.endpoint());
  const test::Peer server = origin.accept();
  const auto found = make_pfctl_destinations(program_that_prints(dir, "nothing"))
                         ->find(server.fd(), origin.endpoint());
  REQUIRE_FALSE(found.has_value());
  CHECK(found.error().hint.find("--print-rules pf") != std::string::npos);
  CHECK_FALSE(make_pfctl_destinations((dir.path() / "none").string())
                  ->find(server.fd(), origin.endpoint())
                  .has_value());
}

}  // namespace
}  // namespace mitm::net
