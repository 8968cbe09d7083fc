#include "cmd/mitm-ca/one_liner.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace mitm;

namespace {

const ca::Material kMaterial{
    .name = "mitmkit-0123",
    .pem = "-----BEGIN CERTIFICATE-----\nAB+/\n-----END CERTIFICATE-----\n",
    .base64 = "AB+/",
    .android_name = "0123abcd.0"};

}  // namespace

TEST_CASE("every platform's command is one line with the certificate and nothing left to fill in") {
  const auto names = ca::platforms();
  CHECK(std::ranges::is_sorted(names));
  for (const std::string& name : names) {
    CAPTURE(name);
    const std::string line = ca::one_liner(name, kMaterial);
    CHECK(line.find('\n') == std::string::npos);
    CHECK(line.find("AB+/") != std::string::npos);
    for (const auto* hole : {"{pem}", "{name}", "{android}", "{base64}", "{sudo}"})
      CHECK(line.find(hole) == std::string::npos);
  }
}

TEST_CASE("a platform's other names are none of its own, and give its command") {
  const auto names = ca::platforms();
  const auto others = ca::platform_aliases();
  CHECK(std::ranges::is_sorted(others));
  for (const std::string& other : others) {
    CHECK(std::ranges::count(names, other) == 0);
    CHECK_FALSE(ca::one_liner(other, kMaterial).empty());
  }
  CHECK(ca::describe_aliases().find("ubuntu as debian") != std::string::npos);
}

TEST_CASE("Debian wants the suffix crt, Fedora pem") {
  CHECK(ca::one_liner("debian", kMaterial) ==
        "printf %b '-----BEGIN CERTIFICATE-----\\nAB+/\\n-----END CERTIFICATE-----\\n' | "
        "$([ \"$(id -u)\" = 0 ] || command -v sudo || command -v doas || echo sudo) "
        "tee /usr/local/share/ca-certificates/mitmkit-0123.crt >/dev/null && "
        "$([ \"$(id -u)\" = 0 ] || command -v sudo || command -v doas || echo sudo) "
        "update-ca-certificates");
  CHECK(ca::one_liner("fedora", kMaterial).find("anchors/mitmkit-0123.pem") != std::string::npos);
}
