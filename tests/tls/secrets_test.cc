#include "lib/tls/secrets.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/tls/session_facts.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"
#include "tests/tls/support/connection.h"

using namespace mitm;
using namespace mitm::test;

TEST_CASE("secrets are kept where they are wanted, logged where there is a log, and the same") {
  const TempDir dir;
  const bool keep = GENERATE(false, true);
  const auto log = tls::KeyLog::open(dir / "log").value();
  const auto connecting =
      tls::ServerLeg::create(trust_only(shared_ca().certificate()), {.keep_secrets = keep}).value();
  const auto accepting = tls::ClientLeg::create({.key_log = log, .keep_secrets = keep}).value();
  const auto leaf = to_leaf(make_signed({.names = {"a.example"}}, shared_ca()));
  const auto pair = connect_legs(connecting, {.verify_name = "a.example"}, accepting, leaf);
  REQUIRE(pair.result.ok());
  const auto ours = tls::session_facts(pair.client.get(), flow::Side::kServer).secrets;
  const auto theirs = tls::session_facts(pair.server.get(), flow::Side::kClient).secrets;
  const auto logged = read_file(dir / "log", 10'000).value();
  CHECK(logged.find("CLIENT_TRAFFIC_SECRET_0 ") != std::string::npos);
  CHECK(theirs == (keep ? logged : Bytes()));
  CHECK(ours.empty() != keep);
}
