#include "lib/trust/nss_store.h"

#include <catch2/catch.hpp>

using namespace mitm;
using trust::Action;
using trust::RunProgram;
using Words = std::vector<std::string>;

namespace {

const trust::Store kStore{.kind = trust::Kind::kNss, .name = "Chromium", .path = "/db"};
const trust::Certificate kCertificate{"pem", "der", "0123456789abcdef"};

Words words_of(const Result<std::vector<Action>>& plan) {
  REQUIRE(plan);
  REQUIRE(plan->size() == 1);
  return std::get<RunProgram>(plan->front().what).words;
}

}  // namespace

TEST_CASE("nicknames are told from the head of the list, spaces and all") {
  CHECK(trust::parse_nicknames(
            "\nCertificate Nickname                                         Trust Attributes\n"
            "                                                             SSL,S/MIME,JAR/XPI\n\n"
            "My own CA (2)                                                CT,C,c\n"
            "x                                                            ,,   \n") ==
        std::vector<trust::Nickname>{{"My own CA (2)", "CT,C,c"}, {"x", ",,"}});
  CHECK(trust::parse_nicknames("").empty());
}

TEST_CASE("what is not there is added, what is not trusted is, and the rest left alone") {
  const auto added = trust::plan_nss_install(kStore, {}, kCertificate);
  CHECK(words_of(added) ==
        Words{"certutil", "-A", "-t", "C,,", "-n", "mitmkit-0123456789ab", "-d", "sql:/db"});
  CHECK(std::get<RunProgram>(added->front().what).input == "pem");
  CHECK(words_of(trust::plan_nss_install(kStore, {{"by hand", kCertificate.sha256, "", false}},
                                         kCertificate)) ==
        Words{"certutil", "-M", "-t", "C,,", "-n", "by hand", "-d", "sql:/db"});
  CHECK(trust::plan_nss_install(kStore, {{"x", kCertificate.sha256}}, kCertificate)->empty());
}

TEST_CASE("it is removed under the name that it has") {
  CHECK(
      words_of(trust::plan_nss_removal(kStore, {{"a", "other"}, {"b c", "wanted"}}, {"wanted"})) ==
      Words{"certutil", "-D", "-n", "b c", "-d", "sql:/db"});
  CHECK(trust::plan_nss_removal(kStore, {{"a", "other"}}, {"wanted"})->empty());
}

TEST_CASE("what shares its nickname with somebody else's certificate is left alone") {
  const std::vector<trust::Entry> entries{{"x", kCertificate.sha256, "", false}, {"x", "other"}};
  for (const auto& plan : {trust::plan_nss_install(kStore, entries, kCertificate),
                           trust::plan_nss_removal(kStore, entries, {kCertificate.sha256})}) {
    REQUIRE_FALSE(plan);
    CHECK(plan.error().message == "its nickname 'x' is that of another certificate, too");
  }
}

TEST_CASE("modules are told from NSS's own, which has no library") {
  CHECK_FALSE(trust::names_modules("library=\nname=NSS Internal PKCS #11 Module\nparameters=x\n"));
  CHECK(trust::names_modules("library=\nname=a\n\n Library=/tmp/evil.so \nname=b\n"));
}
