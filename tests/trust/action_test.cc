#include "lib/trust/action.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
using trust::Action;
using trust::RemoveFile;
using trust::RunProgram;
using trust::WriteFile;

namespace {

/// Runs nothing, keeps what it was told to, and answers with `outcome`.
struct Recorded {
  std::vector<Invocation> commands;
  Result<Outcome> outcome = Outcome{};

  trust::Run run() {
    return [this](const Invocation& command) {
      commands.push_back(command);
      return outcome;
    };
  }
};

}  // namespace

TEST_CASE("actions are told as people would do them") {
  CHECK(trust::describe({WriteFile{"/a/b", "x"}}) == "write /a/b");
  CHECK(trust::describe({WriteFile{"/a/b", "x"}, true}) == "write /a/b (with sudo)");
  CHECK(trust::describe({RemoveFile{"/a/b"}}) == "remove /a/b");
  CHECK(trust::describe({RunProgram{{"p", "a b"}, "in"}}) == "run p 'a b' <certificate");
  CHECK(trust::describe({RunProgram{{"p"}}, true}) == "run sudo p");
}

TEST_CASE("files are written and removed") {
  const TempDir dir;
  Recorded recorded;
  REQUIRE(trust::perform({WriteFile{dir / "x", "content", 0640}}, recorded.run()));
  CHECK(read_file(dir / "x", 100).value() == "content");
  CHECK((std::filesystem::status(dir / "x").permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms(0640));
  REQUIRE(trust::perform({RemoveFile{dir / "x"}}, recorded.run()));
  REQUIRE(trust::perform({RemoveFile{dir / "x"}}, recorded.run()));
  CHECK_FALSE(std::filesystem::exists(dir / "x"));
  CHECK_FALSE(trust::perform({WriteFile{dir / "none" / "x", ""}}, recorded.run()));
  CHECK(recorded.commands.empty());
}

TEST_CASE("what root writes takes the place of what was there as a whole") {
  const TempDir dir;
  const auto path = (dir / "it's here").string();
  REQUIRE(write_file_atomically(path, "before", 0600, IfExists::kFail));
  Recorded recorded;
  REQUIRE(trust::perform({WriteFile{path, "content", 0644}, true}, recorded.run()));
  Invocation command = recorded.commands.front();
  command.words.erase(command.words.begin());  // sudo
  CHECK(run_command(command)->status == 0);
  CHECK(read_file(path, 100).value() == "content");
  CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
        std::filesystem::perms(0644));
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
  command.words[command.words.size() - 2] = (dir / "none" / "x").string();
  CHECK(run_command(command)->status == 1);
}

TEST_CASE("what only root may do goes through sudo, its content through a pipe") {
  Recorded recorded;
  REQUIRE(trust::perform({WriteFile{"/a", "content", 0644}, true}, recorded.run()));
  REQUIRE(trust::perform({RemoveFile{"/a"}, true}, recorded.run()));
  REQUIRE(trust::perform({RunProgram{{"p", "q"}, "in"}, true}, recorded.run()));
  REQUIRE(recorded.commands.size() == 3);
  CHECK(recorded.commands[0].words.front() == "sudo");
  CHECK(recorded.commands[0].input == "content");
  CHECK(recorded.commands[1].words == std::vector<std::string>{"sudo", "rm", "-f", "--", "/a"});
  CHECK(recorded.commands[2].words == std::vector<std::string>{"sudo", "p", "q"});
  CHECK(recorded.commands[2].input == "in");
}

TEST_CASE("a program's failure is told in its last words") {
  Recorded recorded;
  const auto failure = [&](Outcome outcome) {
    recorded.outcome = outcome;
    return trust::perform({RunProgram{{"p"}}}, recorded.run()).error().message;
  };
  CHECK(failure({.status = 1, .errors = "first\nlast \n\n"}) == "p: last");
  CHECK(failure({.status = 1, .errors = "p: why"}) == "p: why");
  CHECK(failure({.status = 1, .output = "said\n"}) == "p: said");
  CHECK(failure({.status = 3}) == "p ended with status 3");
  recorded.outcome =
      Outcome{.status = 255, .errors = "certutil: function failed: SEC_ERROR_BAD_DATABASE: x"};
  CHECK(trust::perform({RunProgram{{"certutil"}}}, recorded.run())
            .error()
            .hint.find("close the browser") != std::string::npos);
  recorded.outcome = fail(Code::kUnsupported, "run certutil: no such program");
  CHECK(trust::perform({RunProgram{{"certutil"}}}, recorded.run()).error().hint.find("nss-tools") !=
        std::string::npos);
}
