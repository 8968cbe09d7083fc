#include "cmd/mitm-ca/one_liner.h"

#include <algorithm>
#include <array>

namespace mitm::ca {
namespace {

struct Platform {
  std::string_view name;
  std::string_view command;  ///< with {pem}, {base64}, {name}, {android} and {sudo} in it
};

/// What needs the same command as another platform.
struct Alias {
  std::string_view name;
  std::string_view platform;
};

constexpr auto kAliases = std::to_array<Alias>({
    {"almalinux", "fedora"},   {"amazonlinux", "fedora"}, {"brave", "nss"},
    {"centos", "fedora"},      {"chrome", "nss"},         {"chromium", "nss"},
    {"docker", "dockerfile"},  {"endeavouros", "arch"},   {"kali", "debian"},
    {"manjaro", "arch"},       {"mint", "debian"},        {"opensuse", "suse"},
    {"oraclelinux", "fedora"}, {"powershell", "windows"}, {"raspbian", "debian"},
    {"rhel", "fedora"},        {"rocky", "fedora"},       {"sles", "suse"},
    {"ubuntu", "debian"},
});

/// Root needs no help, and a small system has no sudo; words of sh that become nothing there.
constexpr std::string_view kSudo =
    "$([ \"$(id -u)\" = 0 ] || command -v sudo || command -v doas || echo sudo)";

// {pem} has its line ends as \n, which printf %b turns into such; base64 has no quote.
constexpr auto kPlatforms = std::to_array<Platform>({
    {"alpine",
     "printf %b '{pem}' | {sudo} tee /usr/local/share/ca-certificates/{name}.crt >/dev/null && "
     "{sudo} update-ca-certificates"},
    {"android",
     "printf %b '{pem}' >{android} && adb root && adb remount && "
     "adb push {android} /system/etc/security/cacerts/ && "
     "adb shell chmod 644 /system/etc/security/cacerts/{android} && adb reboot"},
    {"arch",
     "printf %b '{pem}' | {sudo} tee /etc/ca-certificates/trust-source/anchors/{name}.crt "
     ">/dev/null "
     "&& "
     "{sudo} trust extract-compat"},
    {"debian",
     "printf %b '{pem}' | {sudo} tee /usr/local/share/ca-certificates/{name}.crt >/dev/null && "
     "{sudo} update-ca-certificates"},
    {"dockerfile",
     "RUN printf %b '{pem}' >/usr/local/share/ca-certificates/{name}.crt && "
     "update-ca-certificates"},
    {"fedora",
     "printf %b '{pem}' | {sudo} tee /etc/pki/ca-trust/source/anchors/{name}.pem >/dev/null && "
     "{sudo} update-ca-trust extract"},
    {"firefox",
     "f=$(mktemp) && printf %b '{pem}' >\"$f\" && for d in \"$HOME\"/.mozilla/firefox/*/cert9.db "
     "\"$HOME\"/snap/firefox/common/.mozilla/firefox/*/cert9.db; do [ ! -f \"$d\" ] || "
     "certutil -A -d sql:\"${d%/*}\" -t C,, -n {name} -i \"$f\"; done; rm -f \"$f\""},
    {"freebsd",
     "{sudo} mkdir -p /usr/local/etc/ssl/certs && "
     "printf %b '{pem}' | {sudo} tee /usr/local/etc/ssl/certs/{name}.pem >/dev/null && "
     "{sudo} certctl rehash"},
    {"java",
     "printf %b '{pem}' | keytool -importcert -noprompt -cacerts -storepass changeit -alias "
     "{name}"},
    {"macos",
     "f=$(mktemp) && printf %b '{pem}' >\"$f\" && {sudo} security add-trusted-cert -d -r trustRoot "
     "-k /Library/Keychains/System.keychain \"$f\"; rm -f \"$f\""},
    {"nss", "printf %b '{pem}' | certutil -A -d sql:\"$HOME/.pki/nssdb\" -t C,, -n {name}"},
    {"suse",
     "printf %b '{pem}' | {sudo} tee /etc/pki/trust/anchors/{name}.pem >/dev/null && "
     "{sudo} update-ca-certificates"},
    {"windows",
     "[IO.File]::WriteAllBytes(\"$env:TEMP\\{name}.cer\", "
     "[Convert]::FromBase64String('{base64}')); "
     "Import-Certificate -FilePath \"$env:TEMP\\{name}.cer\" "
     "-CertStoreLocation Cert:\\LocalMachine\\Root"},
});

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

std::vector<std::string> platforms() {
  std::vector<std::string> names;
  for (const Platform& platform : kPlatforms) names.emplace_back(platform.name);
  return names;
}

std::vector<std::string> platform_aliases() {
  std::vector<std::string> names;
  for (const Alias& alias : kAliases) names.emplace_back(alias.name);
  return names;
}

std::string describe_aliases() {
  std::string text;
  for (const Platform& platform : kPlatforms) {
    std::string names;
    for (const Alias& alias : kAliases) {
      if (alias.platform != platform.name) continue;
      if (!names.empty()) names += ", ";
      names += alias.name;
    }
    if (names.empty()) continue;
    if (!text.empty()) text += "; ";
    text += names;
    text += " as ";
    text += platform.name;
  }
  return text;
}

std::string one_liner(std::string_view platform, const Material& material) {
  std::string pem = material.pem;
  replace_all(pem, "\n", "\\n");
  const auto* alias = std::ranges::find(kAliases, platform, &Alias::name);
  if (alias != kAliases.end()) platform = alias->platform;
  const auto* found = std::ranges::find(kPlatforms, platform, &Platform::name);
  std::string line(found->command);
  replace_all(line, "{sudo}", kSudo);
  replace_all(line, "{name}", material.name);
  replace_all(line, "{android}", material.android_name);
  replace_all(line, "{base64}", material.base64);
  replace_all(line, "{pem}", pem);
  return line;
}

}  // namespace mitm::ca
