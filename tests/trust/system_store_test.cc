#include "lib/trust/system_store.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/tls/ca.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
using trust::Action;
using trust::RemoveFile;
using trust::RunProgram;
using trust::WriteFile;

namespace {

const trust::Certificate kCertificate{"pem", "der", "0123456789abcdef"};

trust::Store debian(const std::filesystem::path& anchors = "/anchors",
                    const std::filesystem::path& bundle = "/bundle") {
  return {.path = anchors,
          .suffix = ".crt",
          .refresh = {"refresh"},
          .after_removal = {"refresh", "--fresh"},
          .bundle = bundle};
}

}  // namespace

TEST_CASE("a file is written and then made to count") {
  CHECK(trust::plan_system_install(debian(), {}, kCertificate) ==
        std::vector<Action>{{WriteFile{"/anchors/mitmkit-0123456789ab.crt", "pem", 0644}},
                            {RunProgram{{"refresh"}}}});
  CHECK(trust::plan_system_install(debian(), {{"/anchors/x", kCertificate.sha256, "", false}},
                                   kCertificate)
            .size() == 2);
  CHECK(trust::plan_system_install(debian(), {{"/anchors/x.crt", kCertificate.sha256, "", false}},
                                   kCertificate) == std::vector<Action>{{RunProgram{{"refresh"}}}});
  CHECK(trust::plan_system_install(debian(), {{"", kCertificate.sha256}}, kCertificate).empty());
}

TEST_CASE("every file with it is removed, and then made to count") {
  CHECK(trust::plan_system_removal(
            debian(), {{"/anchors/a", "w"}, {"/anchors/b", "w"}, {"/c", "x"}}, {"w"}) ==
        std::vector<Action>{{RemoveFile{"/anchors/a"}},
                            {RemoveFile{"/anchors/b"}},
                            {RunProgram{{"refresh", "--fresh"}}}});
  CHECK(trust::plan_system_removal(debian(), {{"", "w"}}, {"w"}).size() == 1);
  CHECK(trust::plan_system_removal(debian(), {{"/c", "x"}}, {"w"}).empty());
}

TEST_CASE("other certificates in the same file stay") {
  const TempDir dir;
  const auto make = [](const std::string& name) {
    return tls::CertificateAuthority::create({.name = name}, SystemClock().now()).value();
  };
  const auto ours = make("ours");
  const auto theirs = make("theirs");
  const Bytes before = "# theirs\n" + theirs.certificate_pem().value();
  const Bytes after = "# and more\n" + theirs.certificate_pem().value();
  REQUIRE(write_file_atomically(
      dir / "company.pem", before + ours.certificate_pem().value() + after, 0640, IfExists::kFail));
  const std::string path = (dir / "company.pem").string();
  const auto plan = trust::plan_system_removal(
      debian(), {{path, theirs.facts().sha256}, {path, ours.facts().sha256}},
      {ours.facts().sha256});
  REQUIRE(plan.size() == 2);
  CHECK(plan.front() == Action{WriteFile{path, before + after, 0640}});
}

TEST_CASE("what cannot be written by us is root's") {
  trust::Store store = debian();
  store.writable = false;
  for (const Action& action : trust::plan_system_install(store, {}, kCertificate))
    CHECK(action.as_root);
}

TEST_CASE("what lies there counts when the bundle has it, too") {
  const TempDir dir;
  std::filesystem::create_directory(dir / "anchors");
  const auto put = [&](const std::string& name, ByteView content) {
    REQUIRE(write_file_atomically(dir / name, content, 0644, IfExists::kReplace));
  };
  const auto make = [](const char* name) {
    return tls::CertificateAuthority::create({.name = name}, SystemClock().now()).value();
  };
  const auto one = make("one");
  const auto two = make("two");
  const auto three = make("three");
  put("anchors/1.crt", one.certificate_pem().value());
  put("anchors/2.crt", two.facts().der);
  put("anchors/README", "nothing");
  put("bundle", one.certificate_pem().value() + three.certificate_pem().value());
  const auto entries = trust::read_system_store(debian(dir / "anchors", dir / "bundle")).value();
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].sha256 == one.facts().sha256);
  CHECK(entries[0].trusted);
  CHECK(entries[1].sha256 == two.facts().sha256);
  CHECK_FALSE(entries[1].trusted);
  CHECK(entries[2].sha256 == three.facts().sha256);
  CHECK(entries[2].handle.empty());
}
