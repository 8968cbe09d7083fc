#include "lib/trust/java_store.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "lib/trust/jks.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
using trust::RunProgram;
using trust::WriteFile;

namespace {

struct Keystore {
  explicit Keystore(ByteView content) {
    REQUIRE(write_file_atomically(store.path, content, 0640, IfExists::kReplace));
  }

  TempDir dir;
  trust::Store store{.kind = trust::Kind::kJava, .name = "Java", .path = dir / "cacerts"};
};

const trust::Certificate kCertificate{"pem", "der", "0123456789abcdef"};

}  // namespace

TEST_CASE("keytool's list is understood") {
  CHECK(trust::parse_keytool_list("Keystore type: PKCS12\n\nYour keystore contains 2 entries\n\n"
                                  "one, Nov 27, 2026, trustedCertEntry, \n"
                                  "Certificate fingerprint (SHA-256): AB:CD:01\n"
                                  "key, Nov 27, 2026, PrivateKeyEntry, \n"
                                  "Certificate fingerprint (SHA-256): EE:EE:EE\n"
                                  "two, Nov 27, 2026, trustedCertEntry, \n"
                                  "Certificate fingerprint (SHA-256): EF:23:45\n") ==
        std::vector<trust::Entry>{{"one", "abcd01"}, {"two", "ef2345"}});
}

TEST_CASE("JKS is rewritten with its mode, and back to what it was") {
  const Bytes before = trust::make_jks({{"other", "x"}});
  const Keystore keystore(before);
  const auto plan = trust::plan_java_install(keystore.store, {}, kCertificate).value();
  REQUIRE(plan.size() == 1);
  const auto& write = std::get<WriteFile>(plan.front().what);
  CHECK(write.mode == 0640);
  CHECK(trust::read_jks(write.content)->back().alias == "mitmkit-0123456789ab");
  const Keystore after(write.content);
  const auto back = trust::plan_java_removal(
      after.store, {{"mitmkit-0123456789ab", kCertificate.sha256}}, {kCertificate.sha256});
  REQUIRE(back->size() == 1);
  CHECK(std::get<WriteFile>(back->front().what).content == before);
}

TEST_CASE("several leave JKS at once") {
  const Keystore keystore(trust::make_jks({{"a", "1"}, {"other", "x"}, {"b", "2"}}));
  const auto plan = trust::plan_java_removal(
      keystore.store, {{"a", "one"}, {"other", "x"}, {"b", "two"}}, {"one", "two", "three"});
  REQUIRE(plan->size() == 1);
  CHECK(std::get<WriteFile>(plan->front().what).content == trust::make_jks({{"other", "x"}}));
}

TEST_CASE("everything else is keytool's") {
  const Keystore keystore("0\x82 not JKS");
  const auto plan = trust::plan_java_install(keystore.store, {}, kCertificate).value();
  REQUIRE(plan.size() == 1);
  CHECK(std::get<RunProgram>(plan.front().what).input == "pem");
  CHECK(trust::plan_java_install(keystore.store, {{"x", kCertificate.sha256}}, kCertificate)
            ->empty());
  CHECK(trust::plan_java_removal(keystore.store, {{"a", "w"}, {"b", "w"}, {"c", "x"}}, {"w"})
            ->size() == 2);
}
