#include "lib/proxy/admission.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "lib/net/address.h"
#include "tests/support/peer.h"
#include "tests/support/run_loop.h"

namespace mitm::proxy {
namespace {

using namespace std::chrono_literals;
using test::connect_peer;
using test::make_loop;
using test::run_for;
using test::run_until;

/// An admission with one door, and whoever came in.
struct Fixture {
  explicit Fixture(const Places::Room& room) {
    places.limit_to(room);
    std::vector<Door> doors;
    doors.push_back(
        {entrance, std::move(net::bind_listeners({"127.0.0.1", 0}, 1).value().front())});
    address = net::local_endpoint(doors.front().socket.get());
    admission.emplace(*loop, Admission::Lent{settings, report, counters, places}, std::move(doors),
                      [this](const Entrance&, Fd client, const flow::Endpoint&) {
                        inside.push_back(std::move(client));
                      });
  }

  bool wait_for(std::size_t count) {
    return run_until(*loop, [&] { return inside.size() >= count; });
  }

  std::unique_ptr<net::Loop> loop = make_loop();
  Settings settings;
  std::vector<std::string> reports;
  Report report = [this](const flow::FlowError& error, const std::string&) {
    reports.push_back(error.kind);
  };
  Counters counters;
  Places places;
  Entrance entrance{.guarded = true};
  flow::Endpoint address;
  std::vector<Fd> inside;
  std::optional<Admission> admission;
};

TEST_CASE("this machine's clients come in also where others are named") {
  Fixture fixture({.each = 1});
  const auto client = connect_peer(fixture.address);
  REQUIRE(fixture.wait_for(1));
  CHECK(fixture.counters.turned_away() == 0);
  CHECK(fixture.reports.empty());
}

TEST_CASE("without a place clients wait outside, which is told once") {
  Fixture fixture({.descriptors = 2, .each = 2});
  const auto first = connect_peer(fixture.address);
  const auto second = connect_peer(fixture.address);
  const auto third = connect_peer(fixture.address);
  REQUIRE(fixture.wait_for(1));
  CHECK(fixture.places.are_scarce());
  run_for(*fixture.loop, 30ms);
  CHECK(fixture.inside.size() == 1);
  for (std::size_t count = 2; count <= 3; ++count) {
    fixture.places.give_back(false);
    fixture.admission->on_place();
    REQUIRE(fixture.wait_for(count));
  }
  CHECK(fixture.reports == std::vector<std::string>{"few-descriptors"});
}

TEST_CASE("a place that another worker's connection gives back is found") {
  Fixture fixture({.descriptors = 2, .each = 2});
  const auto first = connect_peer(fixture.address);
  const auto second = connect_peer(fixture.address);
  REQUIRE(fixture.wait_for(1));
  fixture.places.give_back(false);
  CHECK(fixture.wait_for(2));
}

TEST_CASE("nobody comes in or waits any more once it is closed") {
  Fixture fixture({.descriptors = 2, .each = 2});
  const auto first = connect_peer(fixture.address);
  auto second = connect_peer(fixture.address);
  REQUIRE(fixture.wait_for(1));
  fixture.admission->close();
  CHECK_FALSE(fixture.places.are_scarce());
  fixture.places.give_back(false);
  CHECK(second.read_to_end().empty());
  run_for(*fixture.loop, 30ms);
  CHECK(fixture.inside.size() == 1);
}

}  // namespace
}  // namespace mitm::proxy
