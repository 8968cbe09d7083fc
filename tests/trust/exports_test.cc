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

  [[nodiscard]] trust::BundlesGiven surroundings() const {
    return {.variable = [this](std::string_view name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              return found != variables.end() ? std::optional(found->second) : std::nullopt;
            },
            .read = [this](const std::string& path, std::size_t) -> Result<Bytes> {
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

TEST_CASE("every variable that is about certificates gets the system's with ours") {
  Given given;
  const auto made = given.apply();
  CHECK(given.variables["SSL_CERT_FILE"] == "/h/trust/ca-bundle.pem");
  CHECK(given.files["/h/trust/ca-bundle.pem"] == certificate("ours") + certificate("system"));
  CHECK(given.variables["NODE_EXTRA_CA_CERTS"] == "/h/trust/ca-bundle.pem");
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
  const std::string own = given.variables["REQUESTS_CA_BUNDLE"];
  CHECK(own.starts_with("/h/trust/ca-bundle-"));
  CHECK(given.files[own] == "# mitmkit besides: /corp.pem\n" + certificate("ours") +
                                certificate("system") + certificate("corp"));
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

TEST_CASE("a CA that was replaced does not come back from a bundle of ours") {
  Given given{{{"REQUESTS_CA_BUNDLE", "/corp.pem"}}, {{"/corp.pem", certificate("corp")}}};
  given.apply();
  auto renewed = given.surroundings();
  renewed.ca_pem = certificate("new");
  for (const auto& file : trust::shell_environment(renewed).files)
    CHECK(file.content.find("ours") == Bytes::npos);
}

TEST_CASE("only our part is taken back, and what was named before is named again") {
  Given given{{{"http_proxy", "/h/trust/x"},
               {"SSL_CERT_DIR", "/h/trust"},
               {"PIP_CERT", "/elsewhere"},
               {"SSL_CERT_FILE", "/file.pem"},
               {"REQUESTS_CA_BUNDLE", "/corp.pem"},
               {"JAVA_TOOL_OPTIONS", "-Xmx1g -Dx=y"}},
              {{"/corp.pem", certificate("corp")}, {"/file.pem", certificate("file")}}};
  CHECK(trust::render_undoing(Shell::kPosix, given.surroundings()).empty());
  given.apply();
  const auto lines = trust::render_undoing(Shell::kPosix, given.surroundings());
  for (const auto* line :
       {"export SSL_CERT_FILE=/file.pem\n", "unset CURL_CA_BUNDLE\n",
        "export REQUESTS_CA_BUNDLE=/corp.pem\n", "export JAVA_TOOL_OPTIONS='-Xmx1g -Dx=y'\n"})
    CHECK(lines.find(line) != std::string::npos);
  for (const auto* name : {"http_proxy", "SSL_CERT_DIR"})
    CHECK(lines.find(name) == std::string::npos);
  Given bare;
  bare.apply();
  CHECK(
      trust::render_undoing(Shell::kFish, bare.surroundings()).find("set -e JAVA_TOOL_OPTIONS\n") !=
      std::string::npos);
}

TEST_CASE("what was never set is unset, also where its programs obeyed another variable") {
  Given given{{{"CURL_CA_BUNDLE", "/corp.pem"}}, {{"/corp.pem", certificate("corp")}}};
  given.apply();
  const auto lines = trust::render_undoing(Shell::kPosix, given.surroundings());
  for (const auto* line :
       {"export CURL_CA_BUNDLE=/corp.pem\n", "unset REQUESTS_CA_BUNDLE\n", "unset PIP_CERT\n"})
    CHECK(lines.find(line) != std::string::npos);
}

TEST_CASE("Java's options are ours once, wherever ours stood among them") {
  Given given{{{"JAVA_TOOL_OPTIONS", "-Xmx1g"}}, {}};
  given.apply();
  given.variables["JAVA_TOOL_OPTIONS"] += " -Dlater=1";
  given.apply();
  const std::string& options = given.variables["JAVA_TOOL_OPTIONS"];
  CHECK(options.starts_with("-Xmx1g -Dlater=1 -Djavax.net.ssl.trustStore=/h/trust/java.jks "));
  CHECK(options.find("trustStore=") == options.rfind("trustStore="));
}

TEST_CASE("each shell gets lines of its own") {
  const std::vector<trust::Export> exports{{"A", "/it's \\ here"}};
  CHECK(trust::render_exports(Shell::kPosix, exports) == "export A='/it'\\''s \\ here'\n");
  CHECK(trust::render_exports(Shell::kFish, exports) == "set -gx A '/it\\'s \\\\ here'\n");
  CHECK(trust::parse_shell("/usr/bin/zsh") == Shell::kPosix);
  CHECK(trust::parse_shell("fish") == Shell::kFish);
  CHECK_FALSE(trust::parse_shell("/bin/tcsh"));
}
