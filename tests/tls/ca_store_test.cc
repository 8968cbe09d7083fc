#include "lib/tls/ca_store.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "lib/tls/pem.h"
#include "tests/support/temp_dir.h"
#include "tests/tls/support/certificates.h"

using namespace mitm;
using namespace mitm::test;
namespace fs = std::filesystem;

namespace {

tls::CertificateAuthority new_ca() { return tls::CertificateAuthority::create({}, now()).value(); }

unsigned mode_of(const fs::path& path) {
  struct stat info{};
  REQUIRE(::stat(path.c_str(), &info) == 0);
  return info.st_mode & 07777;
}

/// What a process leaves that died after staging a replacement and removing the old certificate.
void stage(const fs::path& home, const tls::CertificateAuthority& ca, bool key_committed) {
  const fs::path key = key_committed ? tls::ca_key_path(home) : home / ".ca.key.new";
  REQUIRE(write_file_atomically(key, ca.key_pem().value(), 0600, IfExists::kReplace));
  REQUIRE(write_file_atomically(home / ".ca.pem.new", ca.certificate_pem().value(), 0644,
                                IfExists::kReplace));
  fs::remove(tls::ca_certificate_path(home));
}

}  // namespace

TEST_CASE("saving makes a private directory with a private key") {
  const TempDir dir;
  const fs::path home = dir / "a" / "b";
  const auto ca = new_ca();
  REQUIRE(tls::save_ca(ca, home, IfExists::kFail));
  CHECK(mode_of(home) == 0700);
  CHECK(mode_of(home / "ca.key") == 0600);
  CHECK(mode_of(home / "ca.pem") == 0644);
  CHECK(tls::load_ca(home, now())->facts() == ca.facts());
}

TEST_CASE("saving leaves an existing CA alone unless forced") {
  const TempDir dir;
  const auto first = new_ca();
  const auto second = new_ca();
  REQUIRE(tls::save_ca(first, dir.path(), IfExists::kFail));
  const auto refused = tls::save_ca(second, dir.path(), IfExists::kFail);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == (dir / "ca.key").string() + " exists already");
  CHECK(tls::load_ca(dir.path(), now())->facts() == first.facts());
  REQUIRE(tls::save_ca(second, dir.path(), IfExists::kReplace));
  CHECK(tls::load_ca(dir.path(), now())->facts() == second.facts());
}

TEST_CASE("a lone certificate or key is not overwritten either") {
  for (const std::string name : {"ca.pem", "ca.key"}) {
    const TempDir dir;
    REQUIRE(write_file_atomically(dir / name, "precious", 0600, IfExists::kFail));
    CHECK_FALSE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
    CHECK(read_file(dir / name, 100).value() == "precious");
  }
}

TEST_CASE("files that belong to somebody else are refused") {
  if (::geteuid() != 0) {
    WARN("only root can give files away");
    return;
  }
  for (const std::string name : {"ca.key", "ca.pem"}) {
    const TempDir dir;
    REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
    REQUIRE(::chown((dir / name).c_str(), 12345, 0) == 0);
    const auto loaded = tls::load_ca(dir.path(), now());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message ==
          (dir / name).string() + ": belongs to user 12345, who is neither this one (0) nor root");
  }
}

TEST_CASE("what is no regular file is refused and not waited for") {
  for (const std::string name : {"ca.key", "ca.pem"}) {
    const TempDir dir;
    REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
    fs::remove(dir / name);
    REQUIRE(::mkfifo((dir / name).c_str(), 0600) == 0);
    const auto loaded = tls::load_ca(dir.path(), now());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message == (dir / name).string() + ": not a regular file");
  }
}

TEST_CASE("a key that others can read is refused with the cure") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  for (const mode_t mode : {0640, 0604, 0620}) {
    REQUIRE(::chmod((dir / "ca.key").c_str(), mode) == 0);
    const auto loaded = tls::load_ca(dir.path(), now());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().hint == "chmod 600 " + (dir / "ca.key").string());
  }
}

TEST_CASE("a certificate that others can write is refused with the cure") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  const auto path = (dir / "ca.pem").string();
  for (const mode_t mode : {0664, 0646}) {
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    const auto loaded = tls::load_ca(dir.path(), now());
    REQUIRE_FALSE(loaded);
    CHECK(loaded.error().message.starts_with(path + ": mode 06"));
    CHECK(loaded.error().message.ends_with(" lets others replace the CA's certificate"));
    CHECK(loaded.error().hint == "chmod 644 " + path);
    CHECK_FALSE(tls::load_ca_certificate(dir.path()));
  }
}

TEST_CASE("a CA in a directory that others can write is refused with the cure") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  REQUIRE(::chmod(dir.path().c_str(), 0775) == 0);
  const auto loaded = tls::load_ca(dir.path(), now());
  REQUIRE_FALSE(loaded);
  CHECK(loaded.error().message == dir.path().string() + ": mode 0775 lets others replace the CA");
  CHECK(loaded.error().hint == "chmod 700 " + dir.path().string());
}

TEST_CASE("a CA that cannot be used can be replaced as the hint says") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  CHECK(tls::load_ca(dir.path(), now() + std::chrono::days(4000)).error().hint ==
        "make another one: mitm-ca --home " + dir.path().string() + " init --force");
}

TEST_CASE("the CA's files are not written over, by whatever name") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  fs::create_symlink("ca.key", dir / "link");
  for (const std::string name : {"ca.pem", "ca.key", "link"}) {
    CHECK(tls::spare_ca_files(dir / name, dir.path(), "--write").error().message ==
          "--write: " + (dir / name).string() + " is the CA itself");
  }
  CHECK(tls::spare_ca_files(dir / "other", dir.path(), "--write"));
}

TEST_CASE("loading says what is missing") {
  const TempDir dir;
  CHECK(tls::load_ca(dir / "none", now()).error().message == "no CA in " + (dir / "none").string());
  CHECK_FALSE(fs::exists(dir / "none"));
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  fs::rename(dir / "ca.pem", dir / "aside");
  CHECK(tls::load_ca(dir.path(), now()).error().message ==
        (dir / "ca.pem").string() + " is missing beside " + (dir / "ca.key").string());
  fs::rename(dir / "aside", dir / "ca.pem");
  fs::remove(dir / "ca.key");
  CHECK(tls::load_ca(dir.path(), now()).error().message ==
        (dir / "ca.key").string() + " is missing beside " + (dir / "ca.pem").string());
}

TEST_CASE("an interrupted replacement is finished by the next process") {
  for (const bool key_committed : {false, true}) {
    const TempDir dir;
    const auto replacement = new_ca();
    REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
    stage(dir.path(), replacement, key_committed);
    CHECK(tls::load_ca(dir.path(), now())->facts() == replacement.facts());
    CHECK_FALSE(fs::exists(dir / ".ca.key.new"));
    CHECK_FALSE(fs::exists(dir / ".ca.pem.new"));
  }
}

TEST_CASE("a replacement that was interrupted before it began changes nothing") {
  const TempDir dir;
  const auto first = new_ca();
  const auto second = new_ca();
  REQUIRE(tls::save_ca(first, dir.path(), IfExists::kFail));
  REQUIRE(write_file_atomically(dir / ".ca.key.new", new_ca().key_pem().value(), 0600,
                                IfExists::kFail));
  CHECK(tls::load_ca(dir.path(), now())->facts() == first.facts());
  REQUIRE(tls::save_ca(second, dir.path(), IfExists::kReplace));
  CHECK(tls::load_ca(dir.path(), now())->facts() == second.facts());
}

TEST_CASE("load or create makes a CA once") {
  const TempDir dir;
  const auto first = tls::load_or_create_ca(dir / "home", {.name = "Once"}, now());
  REQUIRE(first);
  CHECK(first->created);
  const auto second = tls::load_or_create_ca(dir / "home", {.name = "Twice"}, now());
  REQUIRE(second);
  CHECK_FALSE(second->created);
  CHECK(second->ca.facts() == first->ca.facts());
}

TEST_CASE("load or create does not replace a CA that it cannot use") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  const Bytes before = read_file(dir / "ca.key", 10'000).value();
  CHECK_FALSE(tls::load_or_create_ca(dir.path(), {}, now() + std::chrono::days(4000)));
  fs::remove(dir / "ca.pem");
  CHECK_FALSE(tls::load_or_create_ca(dir.path(), {}, now()));
  CHECK(read_file(dir / "ca.key", 10'000).value() == before);
}

TEST_CASE("processes that race end with one CA") {
  constexpr std::size_t kProcesses = 6;
  const TempDir dir;
  std::array<pid_t, kProcesses> children{};
  for (std::size_t i = 0; i < kProcesses; ++i) {
    children[i] = ::fork();
    REQUIRE(children[i] >= 0);
    if (children[i] == 0) {
      const auto loaded = tls::load_or_create_ca(dir / "home", {}, now());
      const bool told =
          loaded && write_file_atomically(dir / std::to_string(i), loaded->ca.facts().sha256, 0600,
                                          IfExists::kFail);
      ::_exit(told ? 0 : 1);
    }
  }
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  const std::string sha256 = tls::load_ca(dir / "home", now())->facts().sha256;
  for (std::size_t i = 0; i < kProcesses; ++i) {
    CHECK(read_file(dir / std::to_string(i), 100).value() == sha256);
  }
}

TEST_CASE("readers never see a mixed pair while another process replaces the CA") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    bool saved = true;
    for (int i = 0; i < 20; ++i) {
      saved = tls::save_ca(new_ca(), dir.path(), IfExists::kReplace).has_value() && saved;
    }
    ::_exit(saved ? 0 : 1);
  }
  int status = 0;
  int failures = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (!tls::load_ca(dir.path(), now())) ++failures;
  }
  CHECK(status == 0);
  CHECK(failures == 0);
}

TEST_CASE("the certificate alone can be had without the key and after its end") {
  const TempDir dir;
  const Identity old = make_self_signed({.common_name = "Old", .ends = std::chrono::days(-1)});
  const Bytes pem = tls::certificate_to_pem(old.certificate.get()).value();
  REQUIRE(write_file_atomically(dir / "ca.pem", "some text\n" + pem, 0644, IfExists::kFail));
  const auto certificate = tls::load_ca_certificate(dir.path());
  REQUIRE(certificate);
  CHECK(certificate->facts.subject == "CN=Old");
  CHECK(certificate->pem == pem);
  CHECK(certificate->text.find("Subject: CN = Old") != std::string::npos);
}

TEST_CASE("a home that others can write is not believed, whatever lies in it") {
  const TempDir dir;
  REQUIRE(tls::load_or_create_ca(dir.path(), {}, now()));
  REQUIRE(tls::load_ca_certificate(dir.path()));
  fs::permissions(dir.path(), fs::perms(0777));
  CHECK_FALSE(tls::load_ca_certificate(dir.path()));
}

TEST_CASE("a CA is replaced by nobody who saw another one") {
  const TempDir dir;
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  const auto seen = tls::load_ca_certificate(dir.path()).value();
  const auto next = new_ca();
  REQUIRE(tls::replace_ca(next, seen, dir.path(), {}));
  const auto late = tls::replace_ca(new_ca(), seen, dir.path(), {});
  REQUIRE_FALSE(late);
  CHECK(late.error().message == "another process replaced the CA meanwhile, that one is kept");
  CHECK(tls::load_ca(dir.path(), now())->facts() == next.facts());
}

TEST_CASE("what was interrupted is finished for whoever comes, also when it was the first CA") {
  const auto next = new_ca();
  for (const bool is_first : {true, false}) {
    for (const bool key_committed : {false, true}) {
      for (const auto& come : {+[](const fs::path& home) { CHECK(tls::load_ca_certificate(home)); },
                               +[](const fs::path& home) { CHECK(tls::load_ca(home, now())); },
                               +[](const fs::path& home) { CHECK(tls::settle(home)); }}) {
        const TempDir dir;
        REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
        if (is_first) fs::remove(tls::ca_key_path(dir.path()));
        stage(dir.path(), next, key_committed);
        come(dir.path());
        CHECK(fs::exists(tls::ca_certificate_path(dir.path())));
        CHECK(tls::load_ca_certificate(dir.path())->facts == next.facts());
        CHECK(tls::settle(dir.path()));
      }
    }
  }
}

TEST_CASE("what killed runs wrote halfway goes, and what others wrote does not") {
  const TempDir dir;
  for (const auto* name : {".ca.key.new.a1B2c3", ".ca.pem.new.a1B2c3", "ca.key.backup"})
    REQUIRE(write_file_atomically(dir / name, "x", 0600, IfExists::kFail));
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  CHECK_FALSE(fs::exists(dir / ".ca.key.new.a1B2c3"));
  CHECK_FALSE(fs::exists(dir / ".ca.pem.new.a1B2c3"));
  CHECK(fs::exists(dir / "ca.key.backup"));
}

TEST_CASE("whether a key is encrypted is told of a key that can be read alone") {
  const TempDir dir;
  CHECK_FALSE(tls::is_key_encrypted(dir.path()));
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kFail));
  CHECK(tls::is_key_encrypted(dir.path()) == false);
  REQUIRE(tls::save_ca(new_ca(), dir.path(), IfExists::kReplace, "pw"));
  CHECK(tls::is_key_encrypted(dir.path()) == true);
  fs::permissions(tls::ca_key_path(dir.path()), fs::perms(0644));
  CHECK_FALSE(tls::is_key_encrypted(dir.path()));
}
