#include "cmd/mitm-ca/advice.h"

#include <catch2/catch.hpp>
#include <map>

using namespace mitm;
using trust::ClientKind;
using trust::Kind;

namespace {

constexpr auto kFingerprint = "0123";

/// A machine with these stores, of which `trusting` have the CA.
struct Machine {
  std::vector<ca::Sight> sights = {};
  std::map<std::string, std::string> variables = {};

  Machine& with(Kind kind, const std::string& name, const std::string& path, bool trusting) {
    sights.push_back(
        {{.kind = kind, .name = name, .path = path},
         trusting ? std::vector<trust::Entry>{{"x", kFingerprint}} : std::vector<trust::Entry>{}});
    return *this;
  }
  [[nodiscard]] ca::Advice advise(ClientKind kind, const std::string& database = {}) const {
    const trust::Client client{kind, "client", "/bin/client", database};
    return ca::advise({client, sights, kFingerprint,
                       [this](const std::string& name) -> std::optional<std::string> {
                         const auto found = variables.find(name);
                         return found != variables.end() ? std::optional(found->second)
                                                         : std::nullopt;
                       },
                       [](std::string_view words) { return "mitm-ca " + std::string(words); }});
  }
};

}  // namespace

TEST_CASE("who looks into a store that has not got it is helped by install") {
  Machine machine;
  machine.with(Kind::kSystem, "Debian", "/anchors", false).with(Kind::kJava, "Java", "/j", false);
  CHECK(machine.advise(ClientKind::kCurl).mend == "mitm-ca install --store system");
  CHECK(machine.advise(ClientKind::kCurl).why == "the CA is not in system (Debian) /anchors");
  CHECK(machine.advise(ClientKind::kJava).mend == "mitm-ca install --store java");
}

TEST_CASE("a variable decides before the store does, unless it is empty") {
  Machine machine;
  machine.with(Kind::kSystem, "Debian", "/anchors", false);
  machine.variables = {{"SSL_CERT_FILE", "/x"}, {"CURL_CA_BUNDLE", ""}};
  CHECK(machine.advise(ClientKind::kCurl).why == "$SSL_CERT_FILE decides what it trusts");
  CHECK(machine.advise(ClientKind::kGo).mend == "eval \"$(mitm-ca env)\"");
  machine.variables.clear();
  CHECK(machine.advise(ClientKind::kGo).mend == "mitm-ca install --store system");
}

TEST_CASE("who has a store of its own, or none, is helped by env") {
  Machine machine;
  machine.with(Kind::kSystem, "Debian", "/anchors", true);
  CHECK(machine.advise(ClientKind::kPython).mend == "eval \"$(mitm-ca env)\"");
  CHECK(machine.advise(ClientKind::kNode).mend == "eval \"$(mitm-ca env)\"");
  CHECK(Machine{}.advise(ClientKind::kCurl).mend == "eval \"$(mitm-ca env)\"");
}

TEST_CASE("a browser is judged by its own database") {
  Machine machine;
  machine.with(Kind::kNss, "Firefox", "/one", true).with(Kind::kNss, "Firefox", "/two", false);
  CHECK(machine.advise(ClientKind::kFirefox, "/two").mend == "mitm-ca install --store nss");
  CHECK(machine.advise(ClientKind::kFirefox, "/one").mend.empty());
  CHECK(machine.advise(ClientKind::kChromium).why == "it has no database of certificates yet");
}

TEST_CASE("a store that cannot be read is told as it is") {
  Machine machine;
  machine.sights.push_back({{.kind = Kind::kNss, .name = "Chromium", .path = "/db"},
                            std::unexpected(Error{Code::kIo, "broken", "mend it"})});
  const auto advice = machine.advise(ClientKind::kChromium);
  CHECK(advice.why == "broken");
  CHECK(advice.mend == "mend it");
}
