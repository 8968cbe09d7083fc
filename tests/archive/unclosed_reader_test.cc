#include "lib/archive/unclosed_reader.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <map>

#include "lib/flow/flow_stream.h"
#include "tests/archive/recording.h"
#include "tests/archive/story.h"
#include "tests/support/temp_dir.h"

// Of a recording without an end its indexes lead to what its records tell, or are not used.

using namespace mitm;
using archive::UnclosedReader;
using mitm::test::Recording;

namespace {

struct Fetched {
  std::string flow;
  archive::Ending losses;
  archive::Ending ending;
};

/// nullopt when the records have to be read.
std::optional<Fetched> fetch(const Bytes& content, flow::FlowId id) {
  const test::TempDir folder;
  const auto path = folder.path() / "x.flowz";
  std::ofstream(path, std::ios::binary) << content;
  const auto reader = UnclosedReader::open(path).value();
  const auto found = reader->find(id).value();
  if (!found) return std::nullopt;
  Fetched fetched;
  flow::FlowStream stream;
  if (!found->row.flow.made_connection) stream.disclaim_servers();
  const auto take = [&](flow::Record&& record) { return stream.add(std::move(record)); };
  REQUIRE(reader->read(*found, take, fetched.losses));
  stream.finish();
  while (const auto finished = stream.next())
    if (finished->flow.id == id) fetched.flow = test::everything_of(finished->flow);
  fetched.ending = reader->ending();
  return fetched;
}

/// All flows of an archive that is whole.
std::map<flow::FlowId, std::string> flows_of(const Bytes& archive) {
  std::map<flow::FlowId, std::string> flows;
  flow::FlowStream stream;
  const auto take = [&] {
    while (const auto finished = stream.next())
      flows[finished->flow.id] = test::everything_of(finished->flow);
  };
  auto reader = archive::Reader::open(std::make_unique<test::MemorySource>(archive), "memory");
  while (auto record = (*reader)->next().value()) {
    REQUIRE(stream.add(*std::move(record)));
    take();
  }
  stream.finish();
  take();
  return flows;
}

}  // namespace

TEST_CASE("flows of a recording without an end are found by its indexes") {
  const Bytes archive = test::long_story(300);
  const auto flows = flows_of(archive);
  std::size_t found = 0;
  for (const std::size_t size : {archive.size() / 3, archive.size() / 2, archive.size() * 9 / 10}) {
    const Bytes cut = archive.substr(0, size);
    const auto read = test::read_back(cut);
    for (flow::FlowId id = 1; id <= 300; id += 13) {
      const auto fetched = fetch(cut, id);
      if (!fetched) continue;
      ++found;
      CHECK(fetched->flow == flows.at(id));
      CHECK(fetched->losses.skipped.empty());
      CHECK(fetched->ending.torn_at == read.ending.torn_at);
      CHECK_FALSE(fetched->ending.finished);
    }
  }
  CHECK(found > 20);
}

TEST_CASE("a flow that was cut is not said to be whole") {
  const Bytes archive = test::long_story(30);
  const auto flows = flows_of(archive);
  std::size_t found = 0;
  for (std::size_t size = 0; size < archive.size(); size += 17) {
    INFO("cut at " << size);
    const auto fetched = fetch(archive.substr(0, size), 4);
    if (!fetched) continue;
    ++found;
    REQUIRE(fetched->flow == flows.at(4));
  }
  CHECK(found > 20);
}

TEST_CASE("with a bit changed anywhere indexes are refused or right") {
  const Bytes archive = test::long_story(30);
  const auto flows = flows_of(archive);
  const Bytes cut = archive.substr(0, archive.size() * 9 / 10);
  constexpr flow::FlowId id = 4;
  REQUIRE(fetch(cut, id));
  for (std::size_t octet = 0; octet < cut.size(); octet += 13) {
    INFO("octet " << octet);
    const auto fetched = fetch(test::flip_bit(cut, octet), id);
    if (fetched && fetched->losses.lossless()) REQUIRE(fetched->flow == flows.at(id));
  }
}

TEST_CASE("the records are read of what was closed, joined or is no archive") {
  const Bytes archive = test::long_story(20);
  Recording other({.run_id = 5});
  test::tell_flow(other, {.id = 2, .connection = 1});
  const Bytes cut = archive.substr(0, archive.size() - 40);
  CHECK_FALSE(fetch(archive, 2));
  CHECK_FALSE(fetch(other.finish().bytes() + cut, 2));
  CHECK_FALSE(fetch("no archive at all, but long enough", 2));
  CHECK_FALSE(fetch("", 2));
  CHECK_FALSE(fetch(archive.substr(0, archive.size() * 2 / 3), 1'000'000));
}
