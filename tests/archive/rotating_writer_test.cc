#include "lib/archive/rotating_writer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <deque>
#include <map>

#include "lib/archive/merged_reader.h"
#include "lib/flow/assembler.h"
#include "tests/archive/recording.h"
#include "tests/support/records.h"

using namespace mitm;
using namespace mitm::archive;
using namespace std::chrono_literals;
using mitm::test::ManualClock;
using mitm::test::read_back;

namespace {

/// On a disk with `room` left, which all its files share.
class File final : public ByteSink {
 public:
  File(std::shared_ptr<Bytes> content, std::size_t& room)
      : content_(std::move(content)), room_(room) {}
  [[nodiscard]] std::optional<std::uint64_t> written() const override { return content_->size(); }
  Status write(ByteView bytes) override {
    const ByteView fits = bytes.substr(0, room_);
    content_->append(fits);
    room_ -= fits.size();
    return fits.size() == bytes.size() ? Status{} : fail(Code::kIo, "No space left on device");
  }
  Status sync() override { return {}; }
  Status close() override { return {}; }

 private:
  std::shared_ptr<Bytes> content_;
  std::size_t& room_;
};

/// A folder in memory that a run is written to.
class Folder {
 public:
  explicit Folder(RotationRules rules) {
    Rotation rotation(rules, clock_.now());
    auto sink = create(rotation.path());
    auto writer = RotatingWriter::open(
        std::move(sink).value(), std::move(rotation), {.run_id = 7, .tool = "test 1"}, clock_, {},
        {.create = [this](const std::string& path) { return create(path); },
         .reopen = [this](const std::string& path) { return reopen(path); },
         .totals = [this] { return flow::Totals{.seen = ++asked_}; },
         .on_closed =
             [this](const std::string& path) {
               closed_.push_back(path);
               held_.pop_front();
             },
         .on_last_over = [this] { ++last_over_; }});
    REQUIRE(writer);
    writer_ = *std::move(writer);
  }

  Folder& write(const flow::Record& record) {
    REQUIRE(writer_->append(record));
    return *this;
  }
  Folder& write(const std::vector<flow::Record>& records) {
    for (const flow::Record& record : records) write(record);
    return *this;
  }
  Folder& finish() {
    REQUIRE(writer_->finish({.seen = 100}, {}));
    return *this;
  }

  [[nodiscard]] const Bytes& file(const std::string& name) const { return *files_.at(name); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, content] : files_) names.push_back(name);
    return names;
  }

  ManualClock& clock() { return clock_; }
  Writer& writer() { return *writer_; }
  [[nodiscard]] const std::vector<std::string>& closed() const { return closed_; }
  [[nodiscard]] int last_over() const { return last_over_; }
  /// Somebody moves a file away, as logrotate(8) does.
  void move(const std::string& from, const std::string& to) {
    files_[to] = files_.at(from);
    files_.erase(from);
  }
  bool full = false;            ///< no further file can be created
  std::size_t room = SIZE_MAX;  ///< on the disk that all files share

 private:
  Result<std::unique_ptr<ByteSink>> create(const std::string& path) {
    if (full) return fail(Code::kIo, "create " + path + ": No space left on device");
    if (is_held(path)) return fail(Code::kIo, path + ": in use by another writer");
    files_[path] = std::make_shared<Bytes>();
    held_.push_back(files_[path]);
    return std::make_unique<File>(files_[path], room);
  }
  [[nodiscard]] bool is_held(const std::string& path) const {
    return files_.contains(path) && std::ranges::find(held_, files_.at(path)) != held_.end();
  }

  Result<RotatingWriter::Reopened> reopen(const std::string& path) {
    if (!files_.contains(path)) {
      auto sink = create(path);
      if (!sink) return std::unexpected(std::move(sink).error());
      return RotatingWriter::Reopened{.sink = *std::move(sink), .is_same = false};
    }
    const bool is_same = !held_.empty() && held_.front() == files_[path];
    if (!is_same) held_.push_back(files_[path]);
    return RotatingWriter::Reopened{.sink = std::make_unique<File>(files_[path], room),
                                    .is_same = is_same};
  }

  ManualClock clock_{Time{1'800'000'000s}};
  std::map<std::string, std::shared_ptr<Bytes>> files_;
  std::deque<std::shared_ptr<Bytes>> held_;  ///< what locks are on, oldest first
  std::vector<std::string> closed_;
  std::uint64_t asked_ = 0;
  int last_over_ = 0;
  std::unique_ptr<Writer> writer_;
};

using Names = std::vector<std::string>;

flow::ArchiveEnd end_of(const Bytes& archive) {
  auto reader = Reader::open(std::make_unique<test::MemorySource>(archive), "memory").value();
  flow::ArchiveEnd end;
  while (const auto record = reader->next().value()) {
    if (const auto* event = std::get_if<flow::ArchiveEnd>(&record->event)) end = *event;
  }
  return end;
}

std::vector<flow::FlowId> ids(const std::vector<flow::Flow>& flows) {
  std::vector<flow::FlowId> ids;
  for (const flow::Flow& flow : flows) ids.push_back(flow.id);
  return ids;
}

std::vector<flow::Flow> flows_of(const Bytes& archive) {
  flow::Assembler assembler;
  auto back = read_back(archive);
  CHECK_FALSE(back.admits_loss());
  for (auto& record : back.records) assembler.add(std::move(record));
  assembler.finish();
  std::vector<flow::Flow> flows;
  while (auto flow = assembler.next()) flows.push_back(*std::move(flow));
  return flows;
}

test::RecordScript open_connection() {
  test::RecordScript script;
  script.connection(3)
      .add(0, test::from_client())
      .add(1, test::to_server("a.example", "192.0.2.1"))
      .add(2, flow::ClientHelloSeen{.facts = {.sni = "a.example"}})
      .add(3, flow::TlsEstablished{flow::Side::kServer,
                                   {.version = "TLSv1.3", .chain = test::sample_chain()}});
  return script;
}

test::RecordScript exchange(flow::FlowId id) {
  test::RecordScript script;
  const double start = 10.0 * static_cast<double>(id);
  script.connection(3)
      .flow(id)
      .add(start, test::request_head("GET", "https", "a.example", "/" + std::to_string(id)))
      .add(start + 1, test::message_end(flow::Side::kClient))
      .add(start + 2, test::response_head(200, "OK"))
      .add(start + 3, test::message_end(flow::Side::kServer))
      .add(start + 4, flow::FlowEnd{});
  return script;
}

}  // namespace

TEST_CASE("a file that got larger is closed and names the next one, which goes on") {
  Folder folder({.path = "d/f", .size = 100'000});
  for (unsigned i = 0; i < 10; ++i) folder.write(test::noise(60'000, i));
  folder.finish();
  REQUIRE(folder.names().size() > 3);
  CHECK(folder.names()[1] == "d/f1");
  CHECK(folder.closed() == folder.names());
  std::size_t records = 0;
  for (std::uint32_t number = 1; const std::string& name : folder.names()) {
    const auto back = read_back(folder.file(name));
    CHECK_FALSE(back.admits_loss());
    REQUIRE(back.headers.size() == 1);
    const auto& header = std::get<flow::Header>(back.headers[0].event);
    CHECK(header.run_id == 7);
    CHECK(header.file_number == number);
    const bool is_last = name == folder.names().back();
    CHECK(end_of(folder.file(name)).next_file == (is_last ? "" : "f" + std::to_string(number)));
    CHECK(end_of(folder.file(name)).totals.seen == (is_last ? 100 : number));
    if (!is_last) CHECK(folder.file(name).size() > 100'000);
    CHECK(folder.file(name).size() < 400'000);
    CHECK_FALSE(back.records.empty());
    records += back.records.size();
    ++number;
  }
  CHECK(records == 10);
}

TEST_CASE("a new file comes with the first record after the interval and is never empty") {
  Folder folder({.path = "%s", .interval = 10s});
  folder.clock().advance(60s);
  folder.write(test::text(10, 1));
  REQUIRE(folder.writer().flush());
  CHECK(folder.names() == Names{"1800000000"});
  folder.clock().advance(9s);
  folder.write(test::text(10, 2));
  folder.clock().advance(100s);
  REQUIRE(folder.writer().flush());
  CHECK(folder.names().size() == 2);
  folder.write(test::text(10, 3));
  folder.finish();
  CHECK(folder.names() == Names{"1800000000", "1800000069", "1800000169"});
  for (const auto& name : folder.names()) CHECK(read_back(folder.file(name)).records.size() == 1);
}

TEST_CASE("a kept-alive connection is readable in each file alone, and whole in all") {
  Folder folder({.path = "%s", .interval = 1s});
  folder.write(open_connection().records()).write(exchange(1).records());
  folder.clock().advance(1s);
  folder.write(exchange(2).records());
  folder.clock().advance(1s);
  test::RecordScript close;
  close.connection(3).add(90, flow::ConnectionClosed{});
  folder.write(close.records());
  folder.clock().advance(1s);
  folder.write(test::text(10, 9)).finish();
  REQUIRE(folder.names().size() == 4);
  const auto second = flows_of(folder.file(folder.names()[1]));
  REQUIRE(second.size() == 1);
  CHECK(second[0].id == 2);
  CHECK(second[0].complete);
  CHECK(second[0].client->hello->sni == "a.example");
  CHECK(second[0].server->target.host == "a.example");
  CHECK(second[0].server->tls->chain->certificates.size() == 2);
  CHECK(read_back(folder.file(folder.names()[3])).records.size() == 1);
  std::vector<MergedReader::Input> inputs;
  for (const auto& name : folder.names()) {
    auto source = std::make_unique<test::MemorySource>(folder.file(name));
    inputs.push_back({name, Reader::open(std::move(source), name).value(), std::nullopt});
  }
  auto merged = MergedReader::merge(std::move(inputs)).value();
  std::vector<flow::Record> records;
  while (auto record = merged.next().value()) {
    const bool is_own = std::holds_alternative<flow::Header>(record->event) ||
                        std::holds_alternative<flow::ArchiveEnd>(record->event);
    if (!is_own && !record->repeated) records.push_back(*std::move(record));
  }
  CHECK(records.size() == 4 + 5 + 5 + 1 + 1);
  CHECK_FALSE(merged.has_several_runs());
}

TEST_CASE("what many connections have to repeat does not become most of the recording") {
  Folder folder({.path = "f", .size = 100'000});
  for (unsigned id = 1; id <= 200; ++id) {
    auto hello = std::get<flow::BodyChunk>(test::noise(2000, id).event).data;
    folder.write({.connection = id, .event = flow::ClientHelloSeen{.raw = std::move(hello)}});
  }
  const auto before = folder.names().size();
  for (unsigned i = 0; i < 50; ++i) folder.write(test::noise(60'000, i));
  folder.finish();
  CHECK(folder.names().size() - before >= 5);
  CHECK(folder.names().size() - before <= 8);
}

TEST_CASE("a ring overwrites its oldest file, also when it has only one") {
  Folder folder({.path = "f", .size = 1000, .count = 2});
  for (unsigned i = 0; i < 5; ++i)
    folder.write(test::noise(64 * 1024, i)).write(test::noise(64 * 1024, i));
  folder.finish();
  CHECK(folder.names() == Names{"f0", "f1"});
  CHECK(folder.closed().size() > 2);
  Folder one({.path = "f", .size = 1000, .count = 1});
  for (unsigned i = 0; i < 4; ++i)
    one.write(test::noise(64 * 1024, i)).write(test::noise(64 * 1024, i));
  one.finish();
  CHECK(one.names() == Names{"f"});
  const auto back = read_back(one.file("f"));
  CHECK_FALSE(back.admits_loss());
  CHECK(std::get<flow::Header>(back.headers.at(0).event).file_number > 1);
}

TEST_CASE("when there were as many files as wanted the last one takes what still comes") {
  Folder folder({.path = "%s", .interval = 10s, .count = 2});
  folder.write(test::text(10, 1));
  folder.clock().advance(10s);
  folder.write(test::text(10, 2));
  folder.clock().advance(9s);
  REQUIRE(folder.writer().flush());
  CHECK(folder.last_over() == 0);
  folder.clock().advance(1s);
  REQUIRE(folder.writer().flush());
  CHECK(folder.last_over() == 1);
  folder.clock().advance(60s);
  folder.write(test::text(10, 3)).finish();
  CHECK(folder.last_over() == 1);
  CHECK(folder.names().size() == 2);
  CHECK(read_back(folder.file(folder.names()[1])).records.size() == 2);
}

TEST_CASE("when no further file can be created the current one is closed cleanly") {
  Folder folder({.path = "%s", .interval = 10s});
  folder.write(test::text(10, 1));
  folder.clock().advance(10s);
  folder.full = true;
  const Status refused = folder.writer().append(test::text(10, 2));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "create 1800000010: No space left on device");
  CHECK(folder.writer().append(test::text(10, 3)) == refused);
  CHECK(folder.writer().flush() == refused);
  CHECK(folder.writer().finish({}, {}) == refused);
  CHECK_FALSE(read_back(folder.file("1800000000")).admits_loss());
  CHECK(end_of(folder.file("1800000000")).next_file.empty());
}

TEST_CASE("a record that is too large is refused and the run goes on") {
  Folder folder({.path = "f", .size = 1'000'000});
  const auto refused = folder.writer().append(test::text(400 * 1024));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kLimit);
  folder.write(test::text(10, 1)).finish();
  CHECK(read_back(folder.file("f")).records.size() == 1);
}

TEST_CASE("a run goes on after a file could not be created, with the record that should begin it") {
  Folder folder({.path = "%s", .interval = 10s});
  folder.write(test::text(10, 1));
  folder.clock().advance(10s);
  folder.full = true;
  REQUIRE_FALSE(folder.writer().append(test::text(10, 2)));
  REQUIRE_FALSE(folder.writer().append(test::text(10, 3)));
  CHECK_FALSE(folder.writer().resume());
  CHECK(folder.writer().kept() == 1);
  folder.full = false;
  REQUIRE(folder.writer().resume());
  folder.write(test::text(10, 4)).finish();
  const auto back = read_back(folder.file("1800000010"));
  CHECK_FALSE(back.admits_loss());
  REQUIRE(back.records.size() == 2);
  CHECK(back.records[0].flow == 2);
  CHECK(back.records[1].flow == 4);
  CHECK(std::get<flow::Header>(back.headers[0].event).file_number == 2);
}

TEST_CASE("a file that was moved away is closed, and another one of its name goes on") {
  Folder folder({.path = "f"});
  folder.write(open_connection().records()).write(exchange(1).records());
  folder.move("f", "old");
  CHECK(folder.writer().change_file().value() == "f");
  folder.write(exchange(2).records()).finish();
  CHECK(folder.names() == Names{"f", "old"});
  CHECK(end_of(folder.file("old")).next_file == "f");
  CHECK(folder.closed() == Names{"f", "f"});
  const auto before = flows_of(folder.file("old"));
  const auto after = flows_of(folder.file("f"));
  REQUIRE(before.size() == 1);
  REQUIRE(after.size() == 1);
  CHECK(before[0].id == 1);
  CHECK(after[0].id == 2);
  CHECK(after[0].server->target.host == "a.example");
}

TEST_CASE("a file that was not moved away keeps what it holds, and goes on behind that") {
  Folder folder({.path = "f"});
  folder.write(open_connection().records()).write(exchange(1).records());
  for (flow::FlowId id = 2; id <= 4; ++id) {
    REQUIRE(folder.writer().change_file());
    folder.write(exchange(id).records());
  }
  folder.finish();
  CHECK(folder.names() == Names{"f"});
  CHECK(flows_of(folder.file("f")).size() == 4);
  CHECK(end_of(folder.file("f")).next_file.empty());
  // It was over only once.
  CHECK(folder.closed() == Names{"f"});
}

TEST_CASE("a file that is changed before its time is followed by the next one of the rules") {
  Folder folder({.path = "f", .size = 1'000'000});
  folder.write(exchange(1).records());
  CHECK(folder.writer().change_file().value() == "f1");
  folder.write(exchange(2).records()).finish();
  CHECK(folder.names() == Names{"f", "f1"});
  CHECK(folder.closed() == Names{"f", "f1"});
  Folder last({.path = "%s", .interval = 10s, .count = 1});
  CHECK(last.writer().change_file().error().code == Code::kUnsupported);
}

TEST_CASE("a file that cannot be opened changes nothing") {
  for (const RotationRules& rules :
       {RotationRules{.path = "f"}, RotationRules{.path = "f", .size = 1000}}) {
    Folder folder(rules);
    folder.write(exchange(1).records());
    folder.move("f", "old");
    folder.full = true;
    CHECK_FALSE(folder.writer().change_file());
    folder.write(exchange(2).records()).finish();
    CHECK(folder.names() == Names{"old"});
    CHECK(flows_of(folder.file("old")).size() == 2);
  }
}

TEST_CASE("a file that cannot be closed for want of room is changed when there is some") {
  Folder folder({.path = "f"});
  folder.write(exchange(1).records());
  REQUIRE(folder.writer().flush());
  folder.move("f", "old");
  folder.room = 0;
  CHECK_FALSE(folder.writer().change_file());
  CHECK_FALSE(folder.writer().append(test::text(10, 2)));
  folder.room = SIZE_MAX;
  REQUIRE(folder.writer().resume());
  folder.write(exchange(3).records()).finish();
  CHECK(flows_of(folder.file("old")).size() == 1);
  CHECK(flows_of(folder.file("f")).size() == 1);
}

TEST_CASE("wherever the disk gets full while a file follows another, nothing taken is lost") {
  for (std::size_t room = 0; room < 4000; room += 10) {
    Folder folder({.path = "%s", .interval = 10s});
    folder.write(test::text(10, 1));
    folder.clock().advance(10s);
    folder.room = room;
    std::vector<flow::FlowId> taken = {1};
    bool well = true;
    for (flow::FlowId id = 2; id <= 5; ++id) {
      const bool was_well = well;
      well = folder.writer().append(test::text(10, id)) && folder.writer().flush();
      if (was_well) taken.push_back(id);
      if (id == 3) folder.clock().advance(10s);
    }
    folder.room = SIZE_MAX;
    if (!well) REQUIRE(folder.writer().resume());
    folder.finish();
    std::vector<flow::FlowId> found;
    for (const auto& name : folder.names()) {
      const auto back = read_back(folder.file(name));
      CAPTURE(room, name);
      CHECK_FALSE(back.admits_loss());
      for (const auto& record : back.records) found.push_back(record.flow);
    }
    CHECK(found == taken);
  }
}

TEST_CASE("wherever the disk gets full while the same file goes on, it holds whole archives") {
  for (const bool moves : {false, true}) {
    for (std::size_t room = 0; room < 3000; room += 10) {
      Folder folder({.path = "f"});
      folder.write(open_connection().records()).write(exchange(1).records());
      REQUIRE(folder.writer().flush());
      folder.room = room;
      const bool well = folder.writer().change_file().has_value() && folder.writer().flush();
      if (moves) folder.move("f", "moved");
      folder.room = SIZE_MAX;
      if (!well) REQUIRE(folder.writer().resume());
      folder.write(exchange(2).records());
      // Who moved it wants it to be over.
      if (moves) REQUIRE(folder.writer().change_file());
      folder.write(exchange(3).records()).finish();
      CAPTURE(moves, room);
      using Ids = std::vector<flow::FlowId>;
      CHECK(ids(flows_of(folder.file("f"))) == (moves ? Ids{3} : Ids{1, 2, 3}));
      if (moves) CHECK(ids(flows_of(folder.file("moved"))) == Ids{1, 2});
      CHECK(folder.closed() == (moves ? Names{"f", "f"} : Names{"f"}));
    }
  }
}

TEST_CASE("facts of many connections that the disk does not take at once are repeated once each") {
  for (std::size_t room = 0; room < 700'000; room += 50'000) {
    Folder folder({.path = "%s", .interval = 10s});
    for (unsigned id = 1; id <= 200; ++id) {
      auto hello = std::get<flow::BodyChunk>(test::noise(3000, id).event).data;
      folder.write({.connection = id, .event = flow::ClientHelloSeen{.raw = std::move(hello)}});
    }
    REQUIRE(folder.writer().flush());
    folder.clock().advance(10s);
    folder.room = room;
    const bool well = folder.writer().append(test::text(10, 1)) && folder.writer().flush();
    CHECK(folder.writer().kept() == (well ? 201 : 200));
    folder.room = SIZE_MAX;
    if (!well) REQUIRE(folder.writer().resume());
    folder.finish();
    const auto back = read_back(folder.file(folder.names().at(1)));
    CAPTURE(room, well);
    CHECK_FALSE(back.admits_loss());
    CHECK(back.records.size() == 201);
  }
}
