#include "lib/archive/summary_reader.h"

#include <catch2/catch.hpp>

#include <fstream>

#include <algorithm>

#include "lib/archive/format.h"
#include "lib/archive/seek_table.h"
#include "lib/flow/flow_stream.h"
#include "tests/archive/recording.h"
#include "tests/archive/story.h"
#include "tests/support/temp_dir.h"

// What the summaries tell of a file is what its records tell.

using namespace mitm;
using archive::SummaryReader;
using mitm::test::Recording;

namespace {

/// A file with some content, for as long as the object lives.
struct File {
  explicit File(const Bytes& content) { std::ofstream(path, std::ios::binary) << content; }
  test::TempDir folder;
  std::filesystem::path path = folder.path() / "x.flowz";
};

std::vector<flow::Flow> flows_by_records(const Bytes& archive) {
  auto reader = archive::Reader::open(std::make_unique<test::MemorySource>(archive), "memory");
  flow::FlowStream stream;
  std::vector<flow::Flow> flows;
  const auto take = [&] {
    while (auto finished = stream.next()) flows.push_back(std::move(finished->flow));
  };
  while (auto record = (*reader)->next().value()) {
    REQUIRE(stream.add(*std::move(record)));
    take();
  }
  stream.finish();
  take();
  return flows;
}

std::vector<archive::Found> rows_of(SummaryReader& reader) {
  std::vector<archive::Found> rows;
  while (auto row = reader.next().value()) rows.push_back(*std::move(row));
  return rows;
}

/// What is printed of two flows is alike.
void check_alike(const archive::FlowRow& row, const flow::Flow& flow) {
  INFO("flow " << flow.id);
  CHECK(row.flow.run == flow.run);
  REQUIRE_FALSE(row.clipped);
  CHECK(test::line_of(row.flow) == test::line_of(flow));
}

/// The flow as it is read from the frames that its row names.
flow::Flow fetched(const SummaryReader& reader, const archive::Found& found,
                   archive::Ending& losses) {
  flow::FlowStream stream;
  if (!found.row.flow.made_connection) stream.disclaim_servers();
  const auto take = [&](flow::Record&& record) { return stream.add(std::move(record)); };
  REQUIRE(reader.read(found, take, losses));
  stream.finish();
  while (auto finished = stream.next()) {
    if (finished->flow.id == found.row.flow.id) return finished->flow;
  }
  FAIL("flow " << found.row.flow.id << " was not fetched");
  return {};
}

}  // namespace

TEST_CASE("rows tell what records tell, and lead to them") {
  const Bytes archive = test::long_story(300);
  const File file(archive);
  const auto reader = SummaryReader::open(file.path).value();
  REQUIRE(reader != nullptr);
  const auto expected = flows_by_records(archive);
  const auto rows = rows_of(*reader);
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check_alike(rows[i].row, expected[i]);
    archive::Ending losses;
    const flow::Flow flow = fetched(*reader, rows[i], losses);
    CHECK(test::everything_of(flow) == test::everything_of(expected[i]));
    CHECK(losses.skipped.empty());
    CHECK_FALSE(losses.torn_at);
  }
}

TEST_CASE("a flow is found by its id") {
  const Bytes archive = test::long_story(300);
  Recording other({.run_id = 5});
  test::tell_flow(other, {.id = 200, .connection = 1});
  const Bytes first = other.finish().bytes();
  const File file(first + archive);
  const auto reader = SummaryReader::open(file.path).value();
  REQUIRE(reader != nullptr);
  const auto found = reader->find(200).value();
  REQUIRE(found.size() == 2);
  CHECK(found[0].row.flow.id == 200);
  CHECK(found[0].base == 0);
  CHECK(found[1].base == first.size());
  CHECK(reader->find(1'000'000).value().empty());
}

TEST_CASE("joined archives are read one after the other") {
  const Bytes a = test::long_story(20);
  const Bytes b = Recording({.run_id = 8}).finish().bytes();
  const File file(b + a);
  const auto reader = SummaryReader::open(file.path).value();
  REQUIRE(reader != nullptr);
  CHECK(reader->verify().value());
  CHECK(rows_of(*reader).size() == flows_by_records(a).size());
  // Not those of one run, whose flows may go on, nor with flows that did not end before others.
  CHECK(SummaryReader::open(File(a + a).path).value() == nullptr);
  CHECK_FALSE(SummaryReader::open(File(a + b).path).value()->verify().value());
}

TEST_CASE("flows that did not end have rows too") {
  Recording recording;
  test::tell_flow(recording, {.id = 1, .connection = 1});
  recording.write({.connection = 1, .flow = 2, .event = test::get("/never-ends")});
  const Bytes archive = recording.finish().bytes();
  const File file(archive);
  const auto reader = SummaryReader::open(file.path).value();
  const auto rows = rows_of(*reader);
  REQUIRE(rows.size() == 2);
  CHECK_FALSE(rows[0].row.unfinished);
  CHECK(rows[1].row.unfinished);
  check_alike(rows[1].row, flows_by_records(archive)[1]);
}

TEST_CASE("more flows that did not end than an index holds") {
  Recording recording;
  for (flow::FlowId id = 1; id <= 10'000; ++id)
    recording.write({.connection = id, .flow = id, .event = test::get("/")});
  const Bytes archive = recording.finish().bytes();
  const File file(archive);
  const auto reader = SummaryReader::open(file.path).value();
  REQUIRE(reader != nullptr);
  CHECK(rows_of(*reader).size() == 10'000);
  CHECK(test::read_back(archive).ending.lossless());
}

TEST_CASE("a row of long texts is clipped, its frames are not") {
  Recording recording;
  recording.write({.connection = 1, .flow = 1, .event = test::get("/" + Bytes(5000, 'a'))});
  recording.write({.connection = 1, .flow = 1, .event = flow::FlowEnd{}});
  const File file(recording.finish().bytes());
  const auto reader = SummaryReader::open(file.path).value();
  const auto rows = rows_of(*reader);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].row.clipped);
  archive::Ending losses;
  CHECK(fetched(*reader, rows[0], losses).request->target.size() == 5001);
}

TEST_CASE("more index frames than a directory holds") {
  Recording recording;
  const std::size_t frames = 2 * archive::kDirectoryEntries + 10;
  for (std::size_t i = 1; i <= frames; ++i) {
    recording.write({.connection = 1, .flow = i, .event = flow::FlowEnd{}}).flush();
    recording.clock().advance(archive::kMaxFrameAge);
    recording.write({.event = flow::Statistics{}}).flush();
  }
  const File file(recording.finish().bytes());
  const auto reader = SummaryReader::open(file.path).value();
  REQUIRE(reader != nullptr);
  CHECK(rows_of(*reader).size() == frames);
  for (const flow::FlowId id : {1UL, 4096UL, 4097UL, 8202UL})
    CHECK(reader->find(id).value().size() == 1);
}

TEST_CASE("a file without a whole summary has to be read from its beginning") {
  const Bytes archive = test::long_story(20);
  for (std::size_t size = 0; size < archive.size(); ++size) {
    INFO("cut at " << size);
    const auto reader = SummaryReader::open(File(archive.substr(0, size)).path);
    REQUIRE(reader);
    REQUIRE(*reader == nullptr);
  }
  CHECK(SummaryReader::open(File("no archive at all, but long enough").path).value() == nullptr);
  CHECK(SummaryReader::open("/dev/null").value() == nullptr);
  Recording growing;
  growing.write(test::text(100)).flush();
  CHECK(SummaryReader::open(File(growing.bytes()).path).value() == nullptr);
  CHECK(SummaryReader::open(File(growing.bytes() + archive).path).value() == nullptr);
}

TEST_CASE("with a bit changed anywhere summaries are refused or right") {
  const Bytes archive = test::long_story(6);
  std::vector<std::string> expected;
  for (const flow::Flow& flow : flows_by_records(archive)) expected.push_back(test::line_of(flow));
  for (std::size_t octet = 0; octet < archive.size(); ++octet) {
    INFO("bit of octet " << octet);
    const File file(test::flip_bit(archive, octet, octet % 8));
    const auto reader = SummaryReader::open(file.path).value();
    if (reader == nullptr || !reader->verify().value()) continue;
    std::size_t rows = 0;
    while (true) {
      const auto row = reader->next();
      REQUIRE(row);
      if (!*row) {
        REQUIRE(rows == expected.size());
        break;
      }
      REQUIRE(rows < expected.size());
      REQUIRE(test::line_of((*row)->row.flow) == expected[rows++]);
      if (rows != 1 + octet % expected.size()) continue;
      archive::Ending losses;
      const auto take = [](flow::Record&&) { return Status{}; };
      static_cast<void>(reader->read(**row, take, losses));
    }
  }
}
