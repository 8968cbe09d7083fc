#include "lib/trust/exports.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

using namespace mitm;
using trust::Shell;

namespace {

Bytes certificate(std::string_view text) {
  return "-----BEGIN CERTIFICATE-----\n" + Bytes(text) + "\n-----END CERTIFICATE-----\n";
}

/// A shell with these variables, on a machine with these files.
struct Given {
  std::map<std::string, std::string, std::less<>> variables = {};
  std::map<std::string, Bytes> files = {};

  [[nodiscard]] trust::ShellSurroundings surroundings() const {
    return {.variable = [this](std::string_view name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found != variables.end() ? std::optional(found->second) : std::nullopt;
            },
            .read = [this](const std::string& path) -> Result<Bytes> {
              const auto found = files.find(path);
              if (found == files.end()) return fail(Code::kIo, "open " + path + ": none");
              return found->second;
            },
            .directory = "/h/trust",
            .ca_pem = certificate("ours"),
            .system_pem = certificate("system")};
  }
  /// After the shell has evaluated what comes out.
  trust::ShellEnvironment apply() {
    auto made = trust::shell_environment(surroundings());
    for (const auto& one : made.exports) variables[one.name] = one.value;
    for (const auto& file : made.files) files[file.path] = file.content;
    return made;
  }
};

}  // namespace

TEST_CASE(
    "variables that replace the system's certificates get them with ours, others ours alone") {
  Given given;
  const auto made = given.apply();
  CHECK(given.variables["SSL_CERT_FILE"] == "/h/trust/ca-bundle.pem");
  CHECK(given.files["/h/trust/ca-bundle.pem"] == certificate("ours") + certificate("system"));
  CHECK(given.variables["NODE_EXTRA_CA_CERTS"] == "/h/trust/ca.pem");
  CHECK(given.files["/h/trust/ca.pem"] == certificate("ours"));
  CHECK(given.variables["JAVA_TOOL_OPTIONS"].starts_with(
      "-Djavax.net.ssl.trustStore=/h/trust/java.jks "));
  CHECK_FALSE(given.variables.contains("http_proxy"));
  CHECK_FALSE(given.variables.contains("no_proxy"));
  CHECK(made.warnings.empty());
}

TEST_CASE("what a variable names stays trusted by its own program") {
  Given given{{{"REQUESTS_CA_BUNDLE", "/corp.pem"}, {"JAVA_TOOL_OPTIONS", "-Xmx1g"}},
              {{"/corp.pem", certificate("corp")}}};
  given.apply();
  CHECK(given.variables["REQUESTS_CA_BUNDLE"] == "/h/trust/ca-bundle-REQUESTS_CA_BUNDLE.pem");
  CHECK(given.files["/h/trust/ca-bundle-REQUESTS_CA_BUNDLE.pem"] ==
        certificate("ours") + certificate("system") + certificate("corp"));
  CHECK(given.variables["SSL_CERT_FILE"] == "/h/trust/ca-bundle.pem");
  CHECK(given.variables["JAVA_TOOL_OPTIONS"].starts_with("-Xmx1g -Djavax"));
}

TEST_CASE("done twice it comes to the same") {
  Given given{{{"REQUESTS_CA_BUNDLE", "/corp.pem"}}, {{"/corp.pem", certificate("corp")}}};
  given.apply();
  const Given once = given;
  given.apply();
  CHECK(given.variables == once.variables);
  CHECK(given.files == once.files);
}

TEST_CASE("what cannot be read is told and left out") {
  Given given{{{"CURL_CA_BUNDLE", "/none"}, {"SSL_CERT_FILE", "/key"}, {"GIT_SSL_CAINFO", ""}},
              {{"/key", "no certificate"}}};
  const auto made = given.apply();
  REQUIRE(made.warnings.size() == 2);
  CHECK(made.warnings[0] == "SSL_CERT_FILE: /key holds no certificate in PEM");
  CHECK(made.warnings[1] == "CURL_CA_BUNDLE: open /none: none");
  CHECK(given.variables["CURL_CA_BUNDLE"] == "/h/trust/ca-bundle.pem");
}

TEST_CASE("what was exported is found again") {
  Given given{{{"http_proxy", "/h/trust/x"}, {"SSL_CERT_DIR", "/h/trust"}}, {}};
  CHECK(trust::exported(given.surroundings()).empty());
  given.apply();
  const auto names = trust::exported(given.surroundings());
  CHECK(std::ranges::count(names, "SSL_CERT_FILE") == 1);
  CHECK(std::ranges::count(names, "JAVA_TOOL_OPTIONS") == 1);
  CHECK(std::ranges::count(names, "http_proxy") == 0);
}

TEST_CASE("each shell gets lines of its own") {
  const std::vector<trust::Export> exports{{"A", "/it's \\ here"}};
  CHECK(trust::render_exports(Shell::kPosix, exports) == "export A='/it'\\''s \\ here'\n");
  CHECK(trust::render_exports(Shell::kFish, exports) == "set -gx A '/it\\'s \\\\ here'\n");
  CHECK(trust::render_unsets(Shell::kPosix, {"A", "B"}) == "unset A\nunset B\n");
  CHECK(trust::render_unsets(Shell::kFish, {"A"}) == "set -e A\n");
  CHECK(trust::parse_shell("/usr/bin/zsh") == Shell::kPosix);
  CHECK(trust::parse_shell("fish") == Shell::kFish);
  CHECK_FALSE(trust::parse_shell("/bin/tcsh"));
}
