#include "cmd/mitm-record/command_environment.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "lib/trust/variables.h"

using namespace mitm;
using namespace mitm::record;

namespace {

std::string pem(const std::string& name) {
  return "-----BEGIN CERTIFICATE-----\n" + name + "\n-----END CERTIFICATE-----\n";
}

/// What mitm-record would do with this environment and these files.
struct Outcome {
  explicit Outcome(std::vector<std::string> entries,
                   const std::map<std::string, std::string>& files = {}) {
    const Surroundings surroundings{.environment = Environment(std::move(entries)),
                                    .proxy = {"127.0.0.1", 8080},
                                    .ca_pem = pem("ours"),
                                    .system_pem = pem("system"),
                                    .directory = "/t"};
    made = command_environment(surroundings,
                               [&](const std::string& path, std::size_t limit) -> Result<Bytes> {
                                 const auto found = files.find(path);
                                 if (found == files.end())
                                   return fail(Code::kIo, "open " + path + ": not there");
                                 if (found->second.size() > limit)
                                   return fail(Code::kLimit, "read " + path + ": too large");
                                 return found->second;
                               });
  }

  std::string value(std::string_view name) const {
    return made.environment.get(name).value_or("(none)");
  }
  /// What the file holds that the variable names.
  std::string content(std::string_view name) const {
    const auto file = std::ranges::find(made.files, value(name), &CommandFile::path);
    if (file == made.files.end()) return "(no file)";
    std::string text = file->content;
    while (text.starts_with("# ")) text.erase(0, text.find('\n') + 1);  // where it came from
    return text;
  }

  CommandEnvironment made;
};

const std::string kCommon = pem("ours") + pem("system");

}  // namespace

TEST_CASE("a command is led to the proxy, and to nowhere around it") {
  const Outcome outcome({"no_proxy=*", "NO_PROXY=.corp", "HTTPS_PROXY=http://elsewhere", "KEPT=a=b",
                         "npm_config_noproxy=x"});
  for (const auto* name : {"http_proxy", "HTTPS_PROXY", "all_proxy", "npm_config_proxy"})
    CHECK(outcome.value(name) == "http://127.0.0.1:8080");
  for (const auto* name : {"no_proxy", "NO_PROXY", "npm_config_noproxy"})
    CHECK(outcome.value(name) == "(none)");
  CHECK(outcome.value("KEPT") == "a=b");
  CHECK(outcome.value("NODE_USE_ENV_PROXY") == "1");
  CHECK(outcome.made.warnings.empty());
}

TEST_CASE("all share one bundle with the system's certificates and ours") {
  const Outcome outcome({});
  for (const trust::Variable& variable : trust::variables()) {
    CAPTURE(variable.name);
    if (variable.kind == trust::VariableKind::kReplaces ||
        variable.kind == trust::VariableKind::kAdds)
      CHECK(outcome.value(variable.name) == "/t/ca-bundle.pem");
  }
  CHECK(outcome.content("SSL_CERT_FILE") == kCommon);
  CHECK(outcome.value("SSL_CERT_DIR") == "(none)");
}

TEST_CASE("a bundle of one's own is merged for the one who named it") {
  const Outcome outcome({"REQUESTS_CA_BUNDLE=/corp", "NODE_EXTRA_CA_CERTS=/corp"},
                        {{"/corp", pem("corp")}});
  CHECK(outcome.content("REQUESTS_CA_BUNDLE") == kCommon + pem("corp"));
  CHECK(outcome.content("NODE_EXTRA_CA_CERTS") == kCommon + pem("corp"));
  CHECK(outcome.content("CURL_CA_BUNDLE") == kCommon);
}

TEST_CASE("what takes the system's place for OpenSSL is merged for everybody") {
  const Outcome outcome({"SSL_CERT_FILE=/file", "SSL_CERT_DIR=/one::/two"},
                        {{"/file", pem("file")}, {"/one", pem("one")}});
  CHECK(outcome.content("GIT_SSL_CAINFO") == kCommon + pem("file") + pem("one"));
  CHECK(outcome.value("SSL_CERT_FILE") == outcome.value("GIT_SSL_CAINFO"));
  CHECK(outcome.value("SSL_CERT_DIR") == "/one::/two");
  CHECK(outcome.made.warnings.empty());
}

TEST_CASE("a bundle that is the system's is not written twice") {
  const Outcome outcome({"CURL_CA_BUNDLE=/system"}, {{"/system", pem("system")}});
  CHECK(outcome.value("CURL_CA_BUNDLE") == outcome.value("SSL_CERT_FILE"));
}

TEST_CASE("bundles that cannot be used are warned about, each once, and the system's remain") {
  const Outcome outcome({"SSL_CERT_FILE=/gone", "CURL_CA_BUNDLE=/gone", "PIP_CERT=/hosts"},
                        {{"/hosts", "127.0.0.1 localhost"}});
  CHECK(outcome.made.warnings ==
        std::vector<std::string>{"SSL_CERT_FILE: open /gone: not there",
                                 "PIP_CERT: /hosts holds no certificate in PEM"});
  for (const auto* name : {"SSL_CERT_FILE", "CURL_CA_BUNDLE", "PIP_CERT"})
    CHECK(outcome.content(name) == kCommon);
}

TEST_CASE("directories are taken while all of them together are not too large") {
  const std::string most = pem("large") + std::string(trust::kMaxCertificates - 1000, ' ');
  const Outcome outcome({"SSL_CERT_DIR=/one:/two:/three"},
                        {{"/one", most}, {"/two", most}, {"/three", pem("c")}});
  CHECK(outcome.content("SSL_CERT_FILE") == kCommon + pem("large") + pem("c"));
  CHECK(outcome.made.warnings ==
        std::vector<std::string>{"SSL_CERT_DIR: more than 16 MiB, /two is left out"});
}

TEST_CASE("what two variables name is warned about once, whatever they are for") {
  CHECK(Outcome({"CURL_CA_BUNDLE=/gone", "WGETRC=/gone"}).made.warnings.size() == 1);
}

TEST_CASE("wget reads its user's configuration, which WGETRC stands in for") {
  const Outcome home({"HOME=/h"}, {{"/h/.wgetrc", "timeout = 3\nca_certificate = /corp\n"},
                                   {"/corp", pem("corp")}});
  CHECK(home.content("WGETRC").starts_with("timeout = 3\n"));
  CHECK(home.content("WGETRC").find("ca_certificate = /t/ca-bundle-") != std::string::npos);
  const Outcome named({"HOME=/h", "WGETRC=/w"}, {{"/h/.wgetrc", "user"}, {"/w", "tries = 1"}});
  CHECK(named.content("WGETRC").starts_with("tries = 1\nca_certificate = /t/ca-bundle.pem\n"));
  const Outcome gone({"WGETRC=/gone"});
  CHECK(gone.made.warnings == std::vector<std::string>{"WGETRC: open /gone: not there"});
  CHECK(gone.content("WGETRC").starts_with("ca_certificate"));
  CHECK(Outcome({}).made.warnings.empty());
}

TEST_CASE("what was set for apt and Java is kept before ours") {
  const Outcome outcome({"APT_CONFIG=/a", "JAVA_TOOL_OPTIONS=-Xmx1g"});
  CHECK(outcome.content("APT_CONFIG").starts_with("#include \"/a\";\n"));
  CHECK(outcome.value("JAVA_TOOL_OPTIONS").starts_with("-Xmx1g -Dhttp.proxyHost=127.0.0.1 "));
  CHECK(outcome.value("JAVA_TOOL_OPTIONS").find("=/t/java.jks ") != std::string::npos);
}

TEST_CASE("files that may hold passwords are for their owner only") {
  const Outcome outcome({});
  for (const CommandFile& file : outcome.made.files) {
    CAPTURE(file.path);
    const bool secret =
        file.path == "/t/wgetrc" || file.path == "/t/wget2rc" || file.path == "/t/apt.conf";
    CHECK(file.mode == (secret ? 0600U : 0644U));
  }
}
