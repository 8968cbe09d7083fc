#include "lib/archive/follower.h"

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "tests/archive/growing_file.h"
#include "tests/archive/recording.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::archive;
using mitm::test::GrowingFile;
using mitm::test::TempDir;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kRun = 7;

flow::Header file_of_run(std::uint32_t number, std::uint64_t run = kRun) {
  return {.run_id = run, .file_number = number, .tool = "test"};
}

Result<std::unique_ptr<Reader>> open(Follower& follower, const std::filesystem::path& path) {
  auto source = follower.open_source(path);
  if (!source) return std::unexpected(std::move(source).error());
  return Reader::open(*std::move(source), path);
}

/// Several files, followed as mitm-dump does.
class Followed {
 public:
  explicit Followed(const std::vector<std::filesystem::path>& paths,
                    std::chrono::milliseconds patience = 30s)
      : follower_(patience) {
    std::vector<MergedReader::Input> inputs;
    for (const auto& path : paths) {
      inputs.push_back({.name = path.string(), .reader = open(follower_, path).value()});
    }
    reader_ = MergedReader::merge(std::move(inputs), [this](const MergedReader::Input& ended) {
      return follower_.next(ended);
    });
    REQUIRE(reader_);
  }

  /// The flows of what can be read now, then "again", "end" or what went wrong.
  std::string read() {
    std::string seen;
    while (true) {
      const auto record = reader_->next();
      if (!record) return seen + (record.error().code == Code::kAgain ? "again" : "error");
      if (!*record) return seen + "end";
      if ((*record)->flow != 0) seen += std::to_string((*record)->flow) + " ";
    }
  }
  /// The same after waiting for what is not there at once.
  std::string read_on() {
    std::string all;
    while (true) {
      all += read();
      if (!all.ends_with("again")) return all;
      all.resize(all.size() - std::string_view("again").size());
      follower_.wait();
    }
  }
  [[nodiscard]] MergedReader::Losses losses() const { return reader_->losses(); }

 private:
  Follower follower_;
  Result<MergedReader> reader_ = fail(Code::kIo, "not open");
};

}  // namespace

TEST_CASE("records are shown as they are flushed, and the end when it comes") {
  const TempDir dir;
  GrowingFile file(dir / "a", file_of_run(1));
  Followed followed({dir / "a"});
  CHECK(followed.read() == "again");
  file.write(test::text(100, 1));
  CHECK(followed.read() == "1 again");
  file.write(test::text(100, 2)).write(test::text(100, 3));
  CHECK(followed.read() == "2 3 again");
  CHECK(followed.read() == "again");
  file.finish();
  CHECK(followed.read() == "end");
  CHECK_FALSE(followed.losses().any);
}

TEST_CASE("frames may end while they are followed") {
  const TempDir dir;
  GrowingFile file(dir / "a", file_of_run(1));
  Followed followed({dir / "a"});
  for (unsigned i = 1; i <= 40; ++i) {
    file.write(test::noise(flow::kMaxChunk, i));
    CHECK(followed.read() == std::to_string(i) + " again");
  }
  file.finish();
  CHECK(followed.read() == "end");
}

TEST_CASE("a writer that was killed leaves a file that is not closed") {
  const TempDir dir;
  GrowingFile file(dir / "a", file_of_run(1));
  Followed followed({dir / "a"});
  file.write(test::text(100, 1));
  CHECK(followed.read() == "1 again");
  file.abandon();
  CHECK(followed.read() == "end");
  REQUIRE(followed.losses().any);
  CHECK(followed.losses().warnings.at(0).find("torn tail at byte ") != std::string::npos);
}

TEST_CASE("a file without a header yet asks for patience") {
  const TempDir dir;
  Follower follower;
  const auto sink = create_archive_file(dir / "a").value();
  CHECK(open(follower, dir / "a").error().code == Code::kAgain);
  REQUIRE(sink->close());
  CHECK(open(follower, dir / "a").error().code == Code::kCorrupt);
  CHECK(open(follower, dir / "b").error().code == Code::kIo);
}

TEST_CASE("a quiet file holds up no other") {
  const TempDir dir;
  GrowingFile quiet(dir / "quiet", file_of_run(1, 1));
  GrowingFile busy(dir / "busy", file_of_run(1, 2));
  Followed followed({dir / "quiet", dir / "busy"});
  busy.write(test::text(100, 1));
  CHECK(followed.read() == "1 again");
  quiet.write(test::text(100, 9));
  busy.write(test::text(100, 2));
  quiet.finish();
  CHECK(followed.read() == "9 2 again");
  busy.finish();
  CHECK(followed.read() == "end");
  CHECK_FALSE(followed.losses().any);
}

TEST_CASE("a run is followed through its files") {
  const TempDir dir;
  std::vector<std::unique_ptr<GrowingFile>> files;
  files.push_back(std::make_unique<GrowingFile>(dir / "a-1", file_of_run(1)));
  Followed followed({dir / "a-1"});
  for (std::uint32_t number = 2; number <= 20; ++number) {
    files.back()->write(test::text(100, number));
    CHECK(followed.read() == std::to_string(number) + " again");
    const std::string next = "a-" + std::to_string(number);
    files.back()->finish(next);
    CHECK(followed.read() == "again");
    files.push_back(std::make_unique<GrowingFile>(dir / next, file_of_run(number)));
  }
  files.back()->finish();
  CHECK(followed.read() == "end");
  CHECK_FALSE(followed.losses().any);
}

TEST_CASE("files of a run that are given are followed from the last one on") {
  const TempDir dir;
  GrowingFile(dir / "a-1", file_of_run(1)).write(test::text(100, 1)).finish("a-2");
  GrowingFile(dir / "a-2", file_of_run(2)).write(test::text(100, 2)).finish("a-3");
  GrowingFile(dir / "a-3", file_of_run(3)).write(test::text(100, 3)).finish();
  Followed followed({dir / "a-2", dir / "a-1"});
  CHECK(followed.read() == "1 2 3 end");
}

TEST_CASE("a next file that does not come is told") {
  const TempDir dir;
  GrowingFile(dir / "a", file_of_run(1)).finish("b");
  Followed followed({dir / "a"}, 1ms);
  CHECK(followed.read_on() == "end");
  CHECK(followed.losses().any);
  CHECK(followed.losses().warnings ==
        std::vector<std::string>{(dir / "a").string() + ": goes on in another file, but open " +
                                 (dir / "b").string() + ": No such file or directory"});
}

TEST_CASE("names that lead elsewhere are refused") {
  const TempDir dir;
  const TempDir other;
  GrowingFile(other / "b", file_of_run(2)).write(test::text(100, 2)).finish();
  const std::string outside = (other / "b").string();
  for (const std::string& name : {outside, std::string("../b"), std::string(".."),
                                  std::string("x/../b"), std::string("b\0c", 3)}) {
    GrowingFile(dir / "a", file_of_run(1)).finish(name);
    Followed followed({dir / "a"}, 1ms);
    CHECK(followed.read_on() == "end");
    CHECK(followed.losses().any);
    CHECK(followed.losses().warnings.at(0).find("does not go on in") != std::string::npos);
  }
}

TEST_CASE("only a later file of the same run is the next one") {
  const TempDir dir;
  GrowingFile(dir / "a", file_of_run(1)).finish("b");
  SECTION("of another run") { GrowingFile(dir / "b", file_of_run(2, 99)).finish(); }
  SECTION("the same one again, or an older one") {
    GrowingFile(dir / "b", file_of_run(1)).finish("a");
  }
  SECTION("a pipe") { REQUIRE(::mkfifo((dir / "b").c_str(), 0600) == 0); }
  SECTION("something else") {
    REQUIRE(write_file_atomically(dir / "b", "hello", 0600, IfExists::kFail));
  }
  Followed followed({dir / "a"}, 1ms);
  CHECK(followed.read_on() == "end");
  CHECK(followed.losses().any);
}

TEST_CASE("a next file that still holds what it held before is waited for") {
  const TempDir dir;
  GrowingFile(dir / "b", file_of_run(1)).write(test::text(100, 1)).finish();
  GrowingFile(dir / "a", file_of_run(2)).write(test::text(100, 2)).finish("b");
  Followed followed({dir / "a"});
  CHECK(followed.read() == "2 again");
  GrowingFile(dir / "b", file_of_run(3)).write(test::text(100, 3)).finish();
  CHECK(followed.read() == "3 end");
  CHECK_FALSE(followed.losses().any);
}

TEST_CASE("a file that a ring overwrites is gone on with, and what is lost is told") {
  const TempDir dir;
  const std::string path = (dir / "a").string();
  GrowingFile file(path, file_of_run(1));
  Followed followed({path});
  for (flow::FlowId id = 1; id <= 20; ++id)
    file.write(test::noise(1000, static_cast<unsigned>(id)));
  followed.read();
  file.abandon();
  GrowingFile again(path, file_of_run(4));
  again.write(test::text(100, 50));
  CHECK(followed.read() == "50 again");
  again.finish();
  CHECK(followed.read() == "end");
  REQUIRE(followed.losses().warnings.size() == 2);
  CHECK(followed.losses().warnings[0].find(path + ": was cut or overwritten") == 0);
  CHECK(followed.losses().warnings[1] ==
        path + ": files 2 to 3 of the run were overwritten before being read");
}

TEST_CASE("where a ring was faster the oldest file that is left comes next") {
  const TempDir dir;
  const auto make = [&](const std::string& name, std::uint32_t number, const std::string& next) {
    GrowingFile file(dir / name, file_of_run(number));
    file.write(test::text(100, number)).finish(next);
  };
  make("a1", 3, "a2");
  make("a2", 4, "a0");
  make("other", 7, "");
  GrowingFile(dir / "foreign", file_of_run(2, 99)).finish();
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  SECTION("the file that is read was overwritten") {
    GrowingFile file(dir / "a0", file_of_run(1));
    Followed followed({dir / "a0"});
    for (unsigned id = 1; id <= 20; ++id) file.write(test::noise(1000, id));
    followed.read();
    file.abandon();
    make("a0", 5, "");
    CHECK(followed.read() == "3 4 5 end");
    REQUIRE(followed.losses().warnings.size() == 2);
    CHECK(followed.losses().warnings[1] ==
          (dir / "a1").string() + ": file 2 of the run was overwritten before being read");
  }
  SECTION("the next one was, or is gone") {
    GrowingFile(dir / "a0", file_of_run(1)).write(test::text(100, 1)).finish("next");
    const bool is_there = GENERATE(true, false);
    if (is_there) make("next", 6, "");
    Followed followed({dir / "a0"}, 1ms);
    CHECK(followed.read_on() == (is_there ? "1 3 4 6 end" : "1 3 4 7 end"));
    CHECK(followed.losses().warnings.size() == 2);
  }
}

TEST_CASE("a file that is cut ends there") {
  const TempDir dir;
  GrowingFile file(dir / "a", file_of_run(1));
  Followed followed({dir / "a"}, 1ms);
  file.write(test::text(100, 1));
  CHECK(followed.read() == "1 again");
  REQUIRE(::truncate((dir / "a").c_str(), 10) == 0);
  CHECK(followed.read_on() == "end");
  CHECK(followed.losses().any);
  REQUIRE(followed.losses().warnings.size() == 1);
}
