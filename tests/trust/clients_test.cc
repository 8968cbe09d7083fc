#include "lib/trust/clients.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
using trust::Client;
using trust::ClientKind;

namespace {

/// $PATH, for as long as it lives.
class Path {
 public:
  explicit Path(const std::string& path) : before_(std::getenv("PATH")) {
    ::setenv("PATH", path.c_str(), 1);
  }
  Path(const Path&) = delete;
  Path& operator=(const Path&) = delete;
  ~Path() { ::setenv("PATH", before_.c_str(), 1); }

 private:
  std::string before_;
};

void make_program(const std::filesystem::path& path) {
  std::ofstream(path) << "#!/bin/sh\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

bool has_word(const trust::Attempt& attempt, const std::string& word) {
  return std::ranges::count(attempt.command.words, word) == 1;
}

}  // namespace

TEST_CASE("clients are those on the path, and Firefox once for each profile") {
  const TempDir dir;
  for (const auto* name : {"curl", "nodejs", "firefox-esr"}) make_program(dir / name);
  const Path path(dir.path().string());
  const trust::Store one{.kind = trust::Kind::kNss, .name = "Firefox", .path = "/p/one"};
  const trust::Store two{.kind = trust::Kind::kNss, .name = "Firefox (snap)", .path = "/p/two"};
  const trust::Store other{.kind = trust::Kind::kNss, .name = "Chromium", .path = "/p/db"};
  CHECK(trust::find_clients({one, two, other}) ==
        std::vector<Client>{
            {ClientKind::kCurl, "curl", (dir / "curl").string()},
            {ClientKind::kNode, "node", (dir / "nodejs").string()},
            {ClientKind::kFirefox, "firefox one", (dir / "firefox-esr").string(), "/p/one"},
            {ClientKind::kFirefox, "firefox two", (dir / "firefox-esr").string(), "/p/two"}});
}

TEST_CASE("every client has patience, a place to go to and something to run") {
  for (const auto kind :
       {ClientKind::kCurl, ClientKind::kOpenssl, ClientKind::kPython, ClientKind::kNode,
        ClientKind::kJava, ClientKind::kGo, ClientKind::kChromium, ClientKind::kFirefox}) {
    const auto attempt =
        trust::plan_attempt({kind, "x", "/x"}, {"a.example", 4433}, "/tmp/d", false);
    CHECK(attempt.command.timeout);
    CHECK(attempt.command.words.front() == "/x");
    const bool told = std::ranges::any_of(attempt.command.words, [](const std::string& word) {
      return word.find("4433") != std::string::npos;
    });
    CHECK(told);
  }
}

TEST_CASE("root's Chromium needs to be told, and Firefox gets a copy of what a profile trusts") {
  const Client chromium{ClientKind::kChromium, "chromium", "/c"};
  CHECK(has_word(trust::plan_attempt(chromium, {"h", 1}, "/d", true), "--no-sandbox"));
  CHECK_FALSE(has_word(trust::plan_attempt(chromium, {"h", 1}, "/d", false), "--no-sandbox"));
  const auto firefox =
      trust::plan_attempt({ClientKind::kFirefox, "f", "/f", "/profile"}, {"h", 1}, "/d", false);
  CHECK(firefox.copies.front().first == "/profile/cert9.db");
  CHECK(firefox.files.front().second.find("localDomains\", \"h\"") != std::string::npos);
}

TEST_CASE("what a browser makes for itself goes with the directory, but not what it trusts") {
  const auto home_of = [](const Client& client) {
    for (const auto& [name, value] :
         trust::plan_attempt(client, {"h", 1}, "/d", false).command.environment) {
      if (name == "HOME") return value.value_or("");
    }
    return std::string();
  };
  CHECK(home_of({ClientKind::kChromium, "chromium", "/c"}) == "/d");
  CHECK(home_of({ClientKind::kChromium, "chromium", "/c", "/home/u/.pki/nssdb"}).empty());
  CHECK(home_of({ClientKind::kChromium, "chromium", "/snap/bin/chromium"}).empty());
  CHECK(home_of({ClientKind::kFirefox, "f", "/f", "/profile"}) == "/d");
  CHECK(home_of({ClientKind::kCurl, "curl", "/c"}).empty());
}

TEST_CASE("every name of a client can be asked for") {
  CHECK(trust::client_names().size() == 8);
  CHECK(trust::store_of(ClientKind::kNode) == std::nullopt);
  CHECK(trust::store_of(ClientKind::kFirefox) == trust::Kind::kNss);
  CHECK(trust::variables_of(ClientKind::kGo).front() == "SSL_CERT_FILE");
}
