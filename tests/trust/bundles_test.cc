#include "lib/trust/bundles.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;

namespace {

Bytes certificate(std::string_view text) {
  return "-----BEGIN CERTIFICATE-----\n" + Bytes(text) + "\n-----END CERTIFICATE-----\n";
}

using Texts = std::map<std::string, std::string, std::less<>>;

trust::Bundles bundles(Texts variables, const Texts& files) {
  return trust::Bundles(
      {.variable = [variables](std::string_view name) -> std::optional<std::string> {
         const auto found = variables.find(name);
         if (found == variables.end()) return std::nullopt;
         return found->second;
       },
       .read = [files](const std::string& path, std::size_t) -> Result<Bytes> {
         const auto found = files.find(path);
         if (found == files.end()) return fail(Code::kIo, "none");
         return found->second;
       },
       .directory = "/t",
       .ca_pem = certificate("ours"),
       .system_pem = certificate("system")});
}

const trust::Variable& variable(std::string_view name) {
  return *std::ranges::find(trust::variables(), name, &trust::Variable::name);
}

bool holds(trust::Bundles& made, std::string_view name, std::string_view word) {
  const std::string path = made.for_variable(variable(name));
  for (const auto& file : made.take_files())
    if (file.path == path) return file.content.contains(word);
  return false;
}

}  // namespace

TEST_CASE("what takes the system's place is merged for everybody") {
  for (const auto* name : {"CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO"}) {
    auto made = bundles({{"SSL_CERT_FILE", "/corp"}, {"SSL_CERT_DIR", "/one:/two"}},
                        {{"/corp", certificate("corp")}, {"/two", certificate("two")}});
    CHECK(holds(made, name, "corp"));
    CHECK(made.for_variable(variable(name)) == made.common());
  }
}

TEST_CASE("what a program obeyed in place of its own variable is merged for it") {
  const Texts files{{"/corp", certificate("corp")}};
  for (const auto* name : {"REQUESTS_CA_BUNDLE", "PIP_CERT"}) {
    auto made = bundles({{"CURL_CA_BUNDLE", "/corp"}}, files);
    CHECK(holds(made, name, "corp"));
  }
  auto other = bundles({{"CURL_CA_BUNDLE", "/corp"}}, files);
  CHECK(other.for_variable(variable("GIT_SSL_CAINFO")) == other.common());
  auto own = bundles({{"CURL_CA_BUNDLE", "/corp"}, {"PIP_CERT", "/pip"}},
                     {{"/corp", certificate("corp")}, {"/pip", certificate("pip")}});
  CHECK_FALSE(holds(own, "PIP_CERT", "corp"));
}

TEST_CASE("other certificates are another file, so that no shell changes another one's") {
  auto one = bundles({{"SSL_CERT_FILE", "/a"}}, {{"/a", certificate("a")}});
  auto two = bundles({{"SSL_CERT_FILE", "/b"}}, {{"/b", certificate("b")}});
  CHECK(one.common() != two.common());
  CHECK(one.keystore() != two.keystore());
  auto again = bundles({{"CURL_CA_BUNDLE", "/a"}}, {{"/a", certificate("a")}});
  CHECK(again.for_variable(variable("CURL_CA_BUNDLE")) == one.common());
}

TEST_CASE("a relative path is another file in another directory") {
  const std::string here = std::filesystem::current_path().string();
  auto made = bundles({{"SSL_CERT_FILE", "a"}, {"SSL_CERT_DIR", "d:"}},
                      {{here + "/a", certificate("a")}, {here + "/d", certificate("d")}});
  const auto files = made.take_files();
  REQUIRE(files.size() == 1);
  CHECK(trust::sources_of(files[0].content) == std::vector{here + "/a", here + "/d"});
}

TEST_CASE("what cannot be noted as a source adds nothing for others") {
  for (const auto* name : {"SSL_CERT_FILE", "SSL_CERT_DIR"}) {
    auto made = bundles({{name, "/a\nb"}}, {{"/a\nb", certificate("foreign")}});
    CHECK_FALSE(made.take_files()[0].content.contains("foreign"));
    CHECK(made.take_warnings() ==
          std::vector<std::string>{std::string(name) + ": a path with a line feed is left out"});
  }
}

TEST_CASE("bundles that there are get the CA of today, and lose the one of yesterday") {
  const TempDir dir;
  const std::string corp = (dir / "corp").string();
  const Bytes before =
      "# mitmkit besides: " + corp + "\n" + certificate("old") + certificate("corp");
  REQUIRE(write_file_atomically(corp, certificate("corp"), 0644, IfExists::kFail));
  REQUIRE(write_file_atomically(dir / "ca-bundle-0123456789ab.pem", before, 0644, IfExists::kFail));
  REQUIRE(write_file_atomically(dir / "java-0123456789ab.jks", "", 0644, IfExists::kFail));
  REQUIRE(write_file_atomically(dir / "other.pem", "", 0644, IfExists::kFail));
  CHECK(trust::sources_of(before) == std::vector{corp});
  const auto fresh = [&](ByteView ca_pem) {
    const auto made = trust::refreshed_bundles(dir.path().string(), ca_pem, certificate("system"),
                                               trust::read_certificates);
    const auto& files = made.files;
    REQUIRE(files.size() == 2);
    CHECK(made.warnings.empty());
    CHECK(files[1].path == (dir / "java-0123456789ab.jks").string());
    return files[0].content;
  };
  const Bytes comment = "# mitmkit besides: " + corp + "\n";
  CHECK(fresh(certificate("new")) ==
        comment + certificate("new") + certificate("system") + certificate("corp"));
  CHECK(fresh({}) == comment + certificate("system") + certificate("corp"));
}

TEST_CASE("what a bundle loses when it is made anew is told") {
  const TempDir dir;
  const std::string bundle = (dir / "ca-bundle-0123456789ab.pem").string();
  const std::string gone = (dir / "gone").string();
  const std::string key = (dir / "key").string();
  REQUIRE(write_file_atomically(key, "no certificate", 0644, IfExists::kFail));
  REQUIRE(write_file_atomically(bundle,
                                "# mitmkit besides: " + gone + "\n# mitmkit besides: " + key +
                                    "\n# mitmkit besides: /dev/null\n",
                                0644, IfExists::kFail));
  const auto made = trust::refreshed_bundles(dir.path().string(), certificate("ours"), {},
                                             trust::read_certificates);
  const std::string begin =
      bundle + " has no certificates any more of a file that it was made with: ";
  CHECK(made.warnings == std::vector{begin + "open " + gone + ": No such file or directory",
                                     begin + key + " holds none in PEM"});
  // As soon as they are there again they are taken.
  CHECK(trust::sources_of(made.files.at(0).content) ==
        std::vector<std::string>{gone, key, "/dev/null"});
}
