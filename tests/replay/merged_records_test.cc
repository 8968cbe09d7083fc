#include "lib/replay/merged_records.h"

#include <catch2/catch.hpp>
#include <deque>

#include "tests/support/records.h"

namespace mitm::replay {
namespace {

class Script final : public archive::Reader {
 public:
  explicit Script(const test::RecordScript& script, std::optional<Error> error = std::nullopt)
      : records_(script.records().begin(), script.records().end()), error_(std::move(error)) {}

  Result<std::optional<flow::Record>> next() override {
    if (records_.empty() && error_) return std::unexpected(*error_);
    if (records_.empty()) {
      ending_.finished = true;
      return std::nullopt;
    }
    flow::Record record = std::move(records_.front());
    records_.pop_front();
    return record;
  }
  [[nodiscard]] const archive::Ending& ending() const override { return ending_; }

 private:
  std::deque<flow::Record> records_;
  std::optional<Error> error_;
  archive::Ending ending_;
};

MergedRecords merge(std::vector<test::RecordScript> scripts) {
  std::vector<std::unique_ptr<archive::Reader>> archives;
  for (const auto& script : scripts) archives.push_back(std::make_unique<Script>(script));
  return MergedRecords(std::move(archives));
}

std::vector<flow::FlowId> flows_of(MergedRecords& records) {
  std::vector<flow::FlowId> flows;
  while (auto record = records.next().value()) flows.push_back(record->flow);
  return flows;
}

test::RecordScript script(std::vector<std::pair<flow::FlowId, double>> records) {
  test::RecordScript result;
  for (const auto& [id, time] : records) result.flow(id).add(time, flow::CaptureGap{});
  return result;
}

TEST_CASE("records of several archives come in the order of their times") {
  auto records =
      merge({script({{1, 10}, {2, 30}, {3, 30}}), script({{11, 5}, {12, 20}, {13, 40}})});
  CHECK(flows_of(records) == std::vector<flow::FlowId>{11, 1, 12, 2, 3, 13});
  CHECK(records.ending(0).finished);
  CHECK(records.ending(1).finished);
}

TEST_CASE("the order within one archive stays, whatever its times") {
  auto records = merge({script({{1, 50}, {2, 10}}), script({{11, 20}})});
  CHECK(flows_of(records) == std::vector<flow::FlowId>{11, 1, 2});
}

TEST_CASE("runs of different archives get different sources") {
  test::RecordScript joined;
  joined.flow(1).source(0).add(1, flow::CaptureGap{}).source(1).add(2, flow::CaptureGap{});
  joined.source(0).add(4, flow::CaptureGap{});
  auto records = merge({joined, script({{1, 3}})});
  std::vector<std::uint16_t> sources;
  while (auto record = records.next().value()) sources.push_back(record->source);
  REQUIRE(sources.size() == 4);
  CHECK(sources[0] == sources[3]);
  CHECK(sources[0] != sources[1]);
  CHECK(sources[0] != sources[2]);
  CHECK(sources[1] != sources[2]);
}

TEST_CASE("an archive that cannot be read on is an error") {
  std::vector<std::unique_ptr<archive::Reader>> archives;
  archives.push_back(
      std::make_unique<Script>(script({{1, 1}}), Error{Code::kIo, "read x: broken"}));
  MergedRecords records(std::move(archives));
  CHECK(records.next().value()->flow == 1);
  CHECK(records.next().error().message == "read x: broken");
}

}  // namespace
}  // namespace mitm::replay
