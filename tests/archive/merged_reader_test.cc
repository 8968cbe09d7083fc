#include "lib/archive/merged_reader.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::archive;
using namespace mitm::test;
using flow::RequestHead;

namespace {

/// An archive that is a list of records and, if told so, an error at its end.
class ListReader final : public Reader {
 public:
  explicit ListReader(std::vector<flow::Record> records, bool fails = false)
      : records_(std::move(records)), fails_(fails) {
    ending_.finished = true;
  }
  Result<std::optional<flow::Record>> next() override {
    if (at_ < records_.size()) return records_[at_++];
    if (fails_) return fail(Code::kIo, "read x: Input/output error");
    return std::nullopt;
  }
  [[nodiscard]] const Ending& ending() const override { return ending_; }

 private:
  std::vector<flow::Record> records_;
  bool fails_;
  std::size_t at_ = 0;
  Ending ending_;
};

struct Event {
  std::string what;  // the target of a request; "header" for one
  std::uint16_t source = 0;

  bool operator==(const Event&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Event& event) {
  return out << event.what << '@' << event.source;
}

MergedReader::Input input(const RecordScript& script, bool fails = false) {
  return {.name = "x",
          .reader = std::make_unique<ListReader>(script.records(), fails),
          .failed = std::nullopt};
}

std::vector<Event> drain(MergedReader& merged) {
  std::vector<Event> events;
  while (auto record = merged.next().value()) {
    const auto* request = std::get_if<RequestHead>(&record->event);
    events.push_back({request != nullptr ? request->target : "header", record->source});
  }
  return events;
}

template <class... Inputs>
Result<MergedReader> merge(Inputs... inputs) {
  std::vector<MergedReader::Input> list;
  (list.push_back(std::move(inputs)), ...);
  return MergedReader::merge(std::move(list));
}

RequestHead get(const std::string& target) { return {.target = target}; }

RecordScript file(double time, std::uint64_t run, std::uint32_t number) {
  RecordScript script;
  script.add(time, flow::Header{.run_id = run, .file_number = number});
  return script;
}

}  // namespace

TEST_CASE("different runs are merged by time and get sources of their own") {
  auto merged = merge(input(file(0, 1, 1).add(1, get("a1")).add(5, get("a2"))),
                      input(file(2, 2, 1).add(3, get("b1")).add(7, get("b2"))));
  REQUIRE(merged);
  CHECK(merged->has_several_runs());
  CHECK(
      drain(*merged) ==
      std::vector<Event>{{"header", 0}, {"a1", 0}, {"header", 1}, {"b1", 1}, {"a2", 0}, {"b2", 1}});
}

TEST_CASE("records of one archive keep their order, whatever their times") {
  auto merged = merge(input(file(0, 1, 1).add(9, get("a1")).add(2, get("a2")).add(3, get("a3"))),
                      input(file(0, 2, 1).add(5, get("b1"))));
  REQUIRE(merged);
  const auto events = drain(*merged);
  CHECK(events == std::vector<Event>{
                      {"header", 0}, {"header", 1}, {"b1", 1}, {"a1", 0}, {"a2", 0}, {"a3", 0}});
}

TEST_CASE("the files of a rotated run are read one after the other as one source") {
  auto merged = merge(input(file(10, 1, 2).add(4, get("second"))),
                      input(file(0, 1, 1).add(20, get("first"))));
  REQUIRE(merged);
  CHECK_FALSE(merged->has_several_runs());
  CHECK(drain(*merged) ==
        std::vector<Event>{{"header", 0}, {"first", 0}, {"header", 0}, {"second", 0}});
}

TEST_CASE("an archive that holds several runs keeps them apart from the others") {
  RecordScript joined = file(0, 1, 1).add(1, get("a"));
  joined.source(1).add(2, flow::Header{.run_id = 2}).add(3, get("b"));
  auto merged = merge(input(joined), input(file(4, 2, 2).add(5, get("b2"))),
                      input(file(6, 3, 1).add(7, get("c"))));
  REQUIRE(merged);
  CHECK(drain(*merged) == std::vector<Event>{{"header", 0},
                                             {"a", 0},
                                             {"header", 1},
                                             {"b", 1},
                                             {"header", 1},
                                             {"b2", 1},
                                             {"header", 2},
                                             {"c", 2}});
}

TEST_CASE("archives without a run id are never taken for the same run") {
  auto merged = merge(input(file(0, 0, 1)), input(file(1, 0, 1).add(2, get("x"))));
  REQUIRE(merged);
  CHECK(drain(*merged) == std::vector<Event>{{"header", 0}, {"header", 1}, {"x", 1}});
}

TEST_CASE("an archive that fails in the middle ends there and the others go on") {
  auto merged =
      merge(input(file(0, 1, 1).add(1, get("a1")), true), input(file(0, 2, 1).add(3, get("b1"))));
  REQUIRE(merged);
  CHECK(drain(*merged).size() == 4);
  REQUIRE(merged->inputs()[0].failed);
  CHECK(merged->inputs()[0].failed->message == "read x: Input/output error");
  CHECK_FALSE(merged->inputs()[1].failed);
}

TEST_CASE("an archive that cannot be read at all is an error") {
  CHECK_FALSE(merge(input(RecordScript(), true)));
  const auto missing = MergedReader::open({"/nonexistent/x.flowz"});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("/nonexistent/x.flowz") != std::string::npos);
}

TEST_CASE("more runs than source numbers are an error") {
  RecordScript script;
  for (std::uint64_t run = 1; run <= 65'537; ++run) script.add(0, flow::Header{.run_id = run});
  auto merged = merge(input(script));
  REQUIRE(merged);
  for (int i = 0; i < 65'536; ++i) REQUIRE(merged->next());
  CHECK(merged->next().error().code == Code::kLimit);
}
