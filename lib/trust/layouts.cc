#include "lib/trust/layouts.h"

#include <array>

namespace mitm::trust {
namespace {

// Debian's update-ca-certificates leaves the link to a certificate that was removed, and then still
// trusts it, unless it begins afresh.
constexpr auto kSystems = std::to_array<SystemLayout>({
    {"Fedora", "etc/pki/ca-trust/source/anchors", ".pem", "update-ca-trust extract",
     "update-ca-trust extract", "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"},
    {"Debian", "usr/local/share/ca-certificates", ".crt", "update-ca-certificates",
     "update-ca-certificates --fresh", "etc/ssl/certs/ca-certificates.crt"},
    {"Arch", "etc/ca-certificates/trust-source/anchors", ".crt", "trust extract-compat",
     "trust extract-compat", "etc/ca-certificates/extracted/tls-ca-bundle.pem"},
    {"SUSE", "etc/pki/trust/anchors", ".pem", "update-ca-certificates", "update-ca-certificates",
     "var/lib/ca-certificates/ca-bundle.pem"},
    {"SUSE", "usr/share/pki/trust/anchors", ".pem", "update-ca-certificates",
     "update-ca-certificates", "var/lib/ca-certificates/ca-bundle.pem"},
});

constexpr auto kNss = std::to_array<NssPlace>({
    {"Chromium", ".pki/nssdb", false},
    {"Chromium", ".local/share/pki/nssdb", false},
    {"Chromium (snap)", "snap/chromium/current/.pki/nssdb", false},
    {"Chromium (snap)", "snap/chromium/current/.local/share/pki/nssdb", false},
    {"Brave (snap)", "snap/brave/current/.pki/nssdb", false},
    {"browser (flatpak)", ".var/app/*/.pki/nssdb", false},
    {"browser (flatpak)", ".var/app/*/data/pki/nssdb", false},
    {"Firefox", ".mozilla/firefox", true},
    {"Firefox", ".config/mozilla/firefox", true},
    {"Firefox (snap)", "snap/firefox/common/.mozilla/firefox", true},
    {"Firefox (snap)", "snap/firefox/common/.config/mozilla/firefox", true},
    {"Firefox (flatpak)", ".var/app/org.mozilla.firefox/.mozilla/firefox", true},
    {"Firefox (flatpak)", ".var/app/org.mozilla.firefox/config/mozilla/firefox", true},
    {"LibreWolf", ".librewolf", true},
    {"LibreWolf (flatpak)", ".var/app/io.gitlab.librewolf-community/.librewolf", true},
    {"Thunderbird", ".thunderbird", true},
    {"Thunderbird (snap)", "snap/thunderbird/common/.thunderbird", true},
    {"Thunderbird (flatpak)", ".var/app/org.mozilla.Thunderbird/.thunderbird", true},
});

constexpr auto kSystemNss = std::to_array<NssPlace>({
    {"NSS of the system", "etc/pki/nssdb", false},
});

constexpr auto kJava = std::to_array<JavaPlace>({
    {"etc/ssl/certs/java/cacerts", false},
    {"etc/pki/java/cacerts", false},
    {"usr/lib/jvm/*/lib/security/cacerts", false},
    {"usr/lib/jvm/*/jre/lib/security/cacerts", false},
    {"usr/java/*/lib/security/cacerts", false},
    {"usr/java/*/jre/lib/security/cacerts", false},
    {"opt/java/*/lib/security/cacerts", false},
    {"opt/*/jbr/lib/security/cacerts", false},
    {".jdks/*/lib/security/cacerts", true},
    {".sdkman/candidates/java/*/lib/security/cacerts", true},
    {".sdkman/candidates/java/*/jre/lib/security/cacerts", true},
    {".asdf/installs/java/*/lib/security/cacerts", true},
});

}  // namespace

std::span<const SystemLayout> system_layouts() { return kSystems; }
std::span<const NssPlace> nss_places() { return kNss; }
std::span<const NssPlace> system_nss_places() { return kSystemNss; }
std::span<const JavaPlace> java_places() { return kJava; }

}  // namespace mitm::trust
