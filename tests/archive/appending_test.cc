#include "lib/archive/appending.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "lib/archive/check.h"
#include "lib/archive/summary_reader.h"
#include "lib/archive/writer.h"
#include "tests/archive/recording.h"
#include "tests/support/records.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::read_back;
using mitm::test::Recording;

namespace {

const test::ManualClock kClock{Time{std::chrono::seconds{1'900'000'000}}};

struct Archive {
  explicit Archive(const Bytes& content) {
    REQUIRE(write_file_atomically(path, content, 0644, IfExists::kReplace));
  }

  /// A further run of one record, of flow 99.
  Status append() {
    auto appending = Appending::open(path);
    if (!appending) return std::unexpected(appending.error());
    auto sink = appending->begin(kClock);
    if (!sink) return std::unexpected(sink.error());
    warnings = appending->warnings();
    auto writer = Writer::open(*std::move(sink), {.run_id = 8}, kClock).value();
    REQUIRE(writer->append(test::text(100, 99)));
    return writer->finish({}, {});
  }

  [[nodiscard]] Bytes content() const { return read_file(path, 10'000'000).value(); }
  [[nodiscard]] Bytes torn() const { return read_file(dir / "a.flowz.torn", 10'000'000).value(); }

  const test::TempDir dir;
  const std::filesystem::path path = dir / "a.flowz";
  std::vector<std::string> warnings;
};

CheckReport checked(const Bytes& archive) {
  return check(std::make_unique<test::MemorySource>(archive), "memory").value();
}

const flow::CaptureGap* gap_in(const test::ReadBack& back) {
  for (const flow::Record& record : back.records) {
    if (const auto* gap = std::get_if<flow::CaptureGap>(&record.event)) return gap;
  }
  return nullptr;
}

/// Several frames, the last of which is open and was flushed twice.
Bytes unclosed() {
  Recording recording;
  for (unsigned i = 1; i <= 20; ++i) recording.write(test::noise(60'000, i));
  recording.flush().write(test::text(2000, 50)).flush();
  return recording.write(test::noise(3000, 51)).flush().bytes();
}

std::vector<flow::FlowId> flows(const test::ReadBack& back) {
  std::vector<flow::FlowId> flows;
  for (const flow::Record& record : back.records) {
    if (record.flow != 0) flows.push_back(record.flow);
  }
  return flows;
}

}  // namespace

TEST_CASE("what is missing or empty is begun as if nothing were appended") {
  const test::TempDir dir;
  for (const char* name : {"missing", "empty"}) {
    const auto path = dir / name;
    if (path.filename() == "empty") REQUIRE(write_file_atomically(path, "", 0644, IfExists::kFail));
    auto appending = Appending::open(path).value();
    auto writer = Writer::open(appending.begin(kClock).value(), {.run_id = 8}, kClock).value();
    REQUIRE(writer->finish({}, {}));
    CHECK(appending.warnings().empty());
    const auto back = read_back(read_file(path, 10'000).value());
    CHECK(back.headers.size() == 1);
    CHECK_FALSE(back.admits_loss());
    struct stat info{};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777U) == 0600);
  }
}

TEST_CASE("a run follows one that was closed, octet for octet as it was") {
  Recording recording;
  const Bytes before = recording.write(test::one_of_each()).finish().bytes();
  Archive archive(before);
  REQUIRE(archive.append());
  CHECK(archive.content().starts_with(before));
  CHECK(archive.warnings.empty());
  const auto back = read_back(archive.content());
  CHECK_FALSE(back.admits_loss());
  CHECK(back.headers.size() == 2);
  CHECK(back.headers[1].source == 1);
  CHECK(back.records.size() == test::one_of_each().size() + 1);
  CHECK_FALSE(std::filesystem::exists(archive.dir / "a.flowz.torn"));
}

TEST_CASE("a run that was killed is closed for it, and a gap says so") {
  const Bytes before = unclosed();
  Archive archive(before);
  REQUIRE(archive.append());
  const auto back = read_back(archive.content());
  CHECK_FALSE(back.admits_loss());
  auto expected = flows(read_back(before));
  expected.push_back(99);
  CHECK(flows(back) == expected);
  REQUIRE(gap_in(back) != nullptr);
  CHECK(gap_in(back)->bytes == 0);
  CHECK(before.ends_with(archive.torn()));
  REQUIRE(archive.warnings.size() == 1);
  CHECK(archive.warnings[0].find(": the recording was not closed; its last ") != std::string::npos);
}

TEST_CASE("wherever an archive is cut, all that can be verified of it stays readable") {
  const Bytes before = unclosed();
  std::vector<std::size_t> cuts;
  for (std::size_t size = before.size() - 4000; size <= before.size(); size += 61)
    cuts.push_back(size);
  for (std::size_t size = 1; size < before.size(); size += before.size() / 37) cuts.push_back(size);
  for (const std::size_t size : cuts) {
    INFO("cut at " << size);
    const Bytes cut = test::shrink(before, size);
    const auto readable = read_back(cut);
    Archive archive(cut);
    const Status appended = archive.append();
    CHECK(appended.has_value() == !readable.error);
    if (!appended) {
      CHECK(archive.content() == cut);
      continue;
    }
    const auto back = read_back(archive.content());
    CHECK_FALSE(back.admits_loss());
    auto expected = flows(readable);
    expected.push_back(99);
    CHECK(flows(back) == expected);
    CHECK(checked(archive.content()).clean());
    REQUIRE(gap_in(back) != nullptr);
    if (readable.ending.torn_at) {
      CHECK(gap_in(back)->bytes == size - *readable.ending.torn_at);
      CHECK(cut.ends_with(archive.torn()));
    }
  }
}

TEST_CASE("an archive that lost what follows its records loses none of them") {
  Recording recording;
  const Bytes before = recording.write(test::text(1000, 1)).finish().bytes();
  std::size_t cuts = 0;
  for (std::size_t size = before.size() - 1; size > 0; --size) {
    INFO("cut at " << size);
    const Bytes cut = test::shrink(before, size);
    const auto readable = read_back(cut);
    REQUIRE(readable.admits_loss());
    if (!readable.ending.finished) break;
    ++cuts;
    Archive archive(cut);
    REQUIRE(archive.append());
    const auto back = read_back(archive.content());
    CHECK_FALSE(back.admits_loss());
    CHECK(flows(back) == std::vector<flow::FlowId>{1, 99});
    CHECK(checked(archive.content()).clean());
    REQUIRE(gap_in(back) != nullptr);
    CHECK(gap_in(back)->bytes == size - readable.ending.torn_at.value());
  }
  CHECK(cuts > 50);
}

TEST_CASE("the summaries of the runs before one that is appended stay in use") {
  test::RecordScript script;
  script.connection(1).flow(1).add(0, test::request_head("GET", "http", "a.example", "/"));
  Recording recording;
  Archive archive(recording.write(script.records()).finish().bytes());
  REQUIRE(archive.append());
  const auto summaries = SummaryReader::open(archive.path).value();
  REQUIRE(summaries);
  CHECK(summaries->next().value()->row.flow.id == 1);
  CHECK(summaries->next().value()->row.flow.id == 99);
  CHECK_FALSE(summaries->next().value());
}

TEST_CASE("of a last frame that is damaged, what can be verified stays too") {
  const Bytes before = unclosed();
  const Bytes damaged = test::flip_bit(before, before.size() - 1000) + "no frame at all";
  const auto readable = read_back(damaged);
  Archive archive(damaged);
  REQUIRE(archive.append());
  const auto back = read_back(archive.content());
  CHECK_FALSE(back.admits_loss());
  auto expected = flows(readable);
  expected.push_back(99);
  CHECK(flows(back) == expected);
  CHECK(damaged.ends_with(archive.torn()));
}

TEST_CASE("damage in the middle is reported and left alone") {
  Recording recording;
  for (unsigned i = 1; i <= 40; ++i) recording.write(test::noise(60'000, i));
  const Bytes damaged = test::flip_bit(recording.finish().bytes(), 1'300'000);
  const auto readable = read_back(damaged);
  REQUIRE_FALSE(readable.ending.skipped.empty());
  Archive archive(damaged);
  REQUIRE(archive.append());
  CHECK(archive.content().starts_with(damaged));
  REQUIRE(archive.warnings.size() == 1);
  CHECK(archive.warnings[0].find("bytes skipped at byte") != std::string::npos);
  const auto back = read_back(archive.content());
  CHECK(back.records.size() == readable.records.size() + 1);
  CHECK(back.ending.finished);
}

TEST_CASE("what is torn after the end of a run costs no record") {
  Recording recording;
  const Bytes before = recording.write(test::text(10, 1)).finish().bytes();
  const Bytes index("\x50\x2A\x4D\x18\xFF\0\0\0only a part", 19);
  Archive archive(before + index);
  REQUIRE(archive.append());
  CHECK(archive.content().starts_with(before));
  CHECK(archive.torn() == index);
  const auto back = read_back(archive.content());
  CHECK_FALSE(back.admits_loss());
  CHECK(flows(back) == std::vector<flow::FlowId>{1, 99});
}

TEST_CASE("what is no archive is refused and untouched") {
  for (const Bytes& content : {Bytes("GIF89a and so on"), Bytes(100'000, 'x'), Bytes("\x28\xB5")}) {
    Archive archive(content);
    const Status refused = archive.append();
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Code::kCorrupt);
    CHECK(archive.content() == content);
  }
  CHECK(Appending::open("/dev/null").error().code == Code::kUsage);
}

TEST_CASE("an archive that is being written is refused") {
  Recording recording;
  const Archive archive(recording.finish().bytes());
  const auto first = Appending::open(archive.path);
  REQUIRE(first);
  const auto second = Appending::open(archive.path);
  REQUIRE_FALSE(second);
  CHECK(second.error().message == archive.path.string() + ": in use by another mitm-record");
  CHECK_FALSE(create_archive_file(archive.path));
}

TEST_CASE("looking at an archive changes nothing") {
  const Bytes before = unclosed();
  const Archive archive(before);
  REQUIRE(Appending::open(archive.path));
  CHECK(archive.content() == before);
  CHECK_FALSE(std::filesystem::exists(archive.dir / "a.flowz.torn"));
}

TEST_CASE("a repair that is killed loses nothing, wherever that happens") {
  const Bytes before = unclosed();
  std::size_t killed = 0;
  std::size_t after_cutting = 0;
  // What a repair adds is short, and begins where the file ended.
  const auto step = [&](std::size_t limit) { return limit + 500 < before.size() ? 401 : 41; };
  for (std::size_t limit = 0; limit < before.size() + 200; limit += step(limit)) {
    if (limit > 3000 && limit + 8000 < before.size()) continue;
    INFO("files end at " << limit);
    const Archive archive(before);
    const pid_t child = ::fork();
    if (child == 0) {
      const rlimit most{limit, limit};
      std::signal(SIGXFSZ, [](int) { ::kill(::getpid(), SIGKILL); });
      ::setrlimit(RLIMIT_FSIZE, &most);
      auto appending = Appending::open(archive.path);
      ::_exit(appending && appending->begin(kClock) ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFSIGNALED(status)) ++killed;
    const Bytes content = archive.content();
    if (content == before) continue;
    const Bytes torn = archive.torn();
    const std::size_t begin = before.size() - torn.size();
    CHECK(before.ends_with(torn));
    CHECK(content.substr(0, begin) == before.substr(0, begin));
    if (WIFSIGNALED(status)) ++after_cutting;
  }
  CHECK(killed > 2);
  CHECK(after_cutting > 0);
}

TEST_CASE("who truncates an archive that is appended to is noticed") {
  Archive archive(Recording().write(test::one_of_each()).finish().bytes());
  auto sink = Appending::open(archive.path).value().begin(kClock).value();
  REQUIRE(sink->write("more"));
  std::filesystem::resize_file(archive.path, 0);
  CHECK(sink->write("more").error().code == Code::kCorrupt);
}
