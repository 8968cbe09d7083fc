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
  explicit ListReader(std::vector<flow::Record> records, bool fails = false,
                      Ending ending = {.finished = true})
      : records_(std::move(records)), fails_(fails), ending_(std::move(ending)) {}
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

/// Is interrupted once before each record, and before its end.
class InterruptedReader final : public Reader {
 public:
  explicit InterruptedReader(const RecordScript& script) : list_(script.records()) {}
  Result<std::optional<flow::Record>> next() override {
    interrupted_ = !interrupted_;
    if (interrupted_) return fail(Code::kCancelled, "read x: interrupted");
    return list_.next();
  }
  /// The next call succeeds.
  void get_over_it() { interrupted_ = true; }
  [[nodiscard]] const Ending& ending() const override { return list_.ending(); }

 private:
  ListReader list_;
  bool interrupted_ = false;
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

MergedReader::Input input_ending(const RecordScript& script, const std::string& name,
                                 Ending ending) {
  return {.name = name,
          .reader = std::make_unique<ListReader>(script.records(), false, std::move(ending)),
          .failed = std::nullopt};
}

/// Its first record is read without an interruption.
MergedReader::Input interrupted_input(const RecordScript& script) {
  auto reader = std::make_unique<InterruptedReader>(script);
  reader->get_over_it();
  return {.name = "x", .reader = std::move(reader), .failed = std::nullopt};
}

Event event_of(const flow::Record& record) {
  const auto* request = std::get_if<RequestHead>(&record.event);
  return {request != nullptr ? request->target : "header", record.source};
}

std::vector<Event> drain(MergedReader& merged) {
  std::vector<Event> events;
  while (auto record = merged.next().value()) events.push_back(event_of(*record));
  return events;
}

/// Goes on after each interruption, and tells them too.
std::vector<Event> drain_with_interruptions(MergedReader& merged) {
  std::vector<Event> events;
  while (true) {
    const auto record = merged.next();
    if (record && !*record) return events;
    if (!record) REQUIRE(record.error().code == Code::kCancelled);
    events.push_back(record ? event_of(**record) : Event{"interrupted"});
  }
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

TEST_CASE("that there are several runs in one archive is known when the second one comes") {
  RecordScript joined = file(0, 1, 1).add(1, get("a"));
  joined.source(1).add(2, flow::Header{.run_id = 2}).add(3, get("b"));
  auto merged = merge(input(joined));
  REQUIRE(merged);
  std::vector<bool> known;
  while (merged->next().value()) known.push_back(merged->has_several_runs());
  CHECK(known == std::vector<bool>{false, false, true, true});
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

TEST_CASE("an interruption is told, and the next call goes on where it came") {
  const auto interrupted = file(0, 1, 1).add(1, get("a1")).add(5, get("a2"));
  auto single = merge(interrupted_input(interrupted));
  REQUIRE(single);
  CHECK(drain_with_interruptions(*single) ==
        std::vector<Event>{
            {"header"}, {"interrupted"}, {"a1"}, {"interrupted"}, {"a2"}, {"interrupted"}});
  CHECK_FALSE(single->losses().any);

  auto several = merge(interrupted_input(interrupted),
                       input(file(2, 2, 1).add(3, get("b1")).add(7, get("b2"))));
  REQUIRE(several);
  CHECK(drain_with_interruptions(*several) == std::vector<Event>{{"header", 0},
                                                                 {"interrupted"},
                                                                 {"a1", 0},
                                                                 {"interrupted"},
                                                                 {"header", 1},
                                                                 {"b1", 1},
                                                                 {"a2", 0},
                                                                 {"interrupted"},
                                                                 {"b2", 1}});
  CHECK_FALSE(several->losses().any);
}

TEST_CASE("a record does not wait for the one after it") {
  auto merged = merge(interrupted_input(file(0, 1, 1)), input(file(1, 2, 1)));
  REQUIRE(merged);
  CHECK(merged->next());
  CHECK_FALSE(merged->next());
}

TEST_CASE("what was lost is told of each input by its name") {
  auto merged = merge(input_ending(file(0, 1, 1), "a", {.finished = true, .unknown_records = 2}),
                      input_ending(file(0, 2, 1), "b", {.torn_at = 70, .skipped = {{9, 4}}}),
                      input(file(0, 3, 1), true), input(file(0, 4, 1)));
  REQUIRE(merged);
  drain(*merged);
  const auto losses = merged->losses();
  CHECK(losses.any);
  CHECK(losses.warnings == std::vector<std::string>{"a: 2 records of unknown kinds left out",
                                                    "b: 4 bytes skipped at byte 9",
                                                    "b: torn tail at byte 70",
                                                    "read x: Input/output error"});
}

TEST_CASE("records of unknown kinds are no loss") {
  auto merged = merge(input_ending(file(0, 1, 1), "a", {.finished = true, .unknown_records = 1}));
  REQUIRE(merged);
  drain(*merged);
  CHECK_FALSE(merged->losses().any);
  CHECK(merged->losses().warnings.size() == 1);
}

TEST_CASE("how archives end is judged only when all of them have been read") {
  auto merged = merge(input_ending(file(0, 1, 1), "a", {.finished = false}));
  REQUIRE(merged);
  REQUIRE(merged->next());
  CHECK_FALSE(merged->losses().any);
  REQUIRE_FALSE(merged->next().value());
  CHECK(merged->losses().warnings == std::vector<std::string>{"a: not closed cleanly"});
}

TEST_CASE("an archive that somebody writes still has no end to miss") {
  for (const Ending& ending : {Ending{}, Ending{.torn_at = 100}}) {
    std::vector<MergedReader::Input> inputs;
    inputs.push_back(input_ending(file(0, 1, 1), "a", ending));
    inputs.back().is_live = true;
    auto merged = MergedReader::merge(std::move(inputs));
    REQUIRE(merged);
    while (merged->next().value()) continue;
    CHECK_FALSE(merged->losses().any);
    CHECK(merged->losses().warnings ==
          std::vector<std::string>{"a: still being written, read as far as it has come"});
  }
}

TEST_CASE("files that are missing between those of a run are told") {
  auto merged = merge(input_ending(file(0, 1, 1), "a", {.finished = true}),
                      input_ending(file(1, 1, 3), "c", {.finished = true}),
                      input_ending(file(2, 1, 4), "d", {.finished = true}));
  REQUIRE(merged);
  while (merged->next().value()) continue;
  CHECK_FALSE(merged->losses().any);
  CHECK(merged->losses().warnings ==
        std::vector<std::string>{"between a and c a file of the recording is missing"});
}

TEST_CASE("what the writer could not write is told") {
  RecordScript script = file(0, 1, 1);
  script.add(0, flow::CaptureGap{.reason = "no space left", .records = 5, .bytes = 700});
  auto merged = merge(input_ending(script, "a", {.finished = true}));
  REQUIRE(merged);
  while (merged->next().value()) continue;
  CHECK_FALSE(merged->losses().any);
  CHECK(merged->losses().warnings ==
        std::vector<std::string>{
            "a: something is missing in it (5 records, 700 bytes): no space left"});
}

TEST_CASE("an archive that cannot be read at all is an error") {
  CHECK_FALSE(merge(input(RecordScript(), true)));
}

TEST_CASE("more runs than source numbers are an error") {
  RecordScript script;
  for (std::uint64_t run = 1; run <= 65'537; ++run) script.add(0, flow::Header{.run_id = run});
  auto merged = merge(input(script));
  REQUIRE(merged);
  for (int i = 0; i < 65'536; ++i) REQUIRE(merged->next());
  CHECK(merged->next().error().code == Code::kLimit);
}
