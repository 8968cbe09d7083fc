#include "lib/trust/nss_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <sstream>

#include "lib/base/ascii.h"
#include "lib/base/io.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "lib/trust/certificate.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxModules = 1 << 20;
constexpr auto kTrusted = "C,,";  // to sign servers

std::string database(const Store& store) { return "sql:" + store.path.string(); }

std::vector<std::string> certutil(const Store& store, std::vector<std::string> words) {
  words.insert(words.begin(), "certutil");
  words.insert(words.end(), {"-d", database(store)});
  return words;
}

/// Several certificates may share a nickname.
Result<std::vector<Entry>> entries_of(const Store& store, const Nickname& nickname,
                                      const Run& run) {
  const auto outcome = run_program({certutil(store, {"-L", "-n", nickname.name, "-a"})}, run);
  if (!outcome) return std::unexpected(outcome.error());
  const auto certificates = tls::certificates_from_pem(outcome->output, nickname.name);
  if (!certificates) return std::unexpected(certificates.error());
  std::vector<Entry> entries;
  for (const tls::X509Ptr& certificate : *certificates) {
    const flow::Certificate facts = tls::certificate_facts(certificate.get());
    const std::string servers = nickname.trust.substr(0, nickname.trust.find(','));
    entries.push_back(
        {nickname.name, facts.sha256, facts.subject, servers.find('C') != std::string::npos});
  }
  return entries;
}

/// Under each nickname certutil lists every certificate with that one's subject, so that a CA and
/// the one that replaced it are found under both of their names.
void drop_namesakes(std::vector<Entry>& entries) {
  std::set<std::string> names;
  for (const Entry& entry : entries) names.insert(entry.handle);
  std::erase_if(entries, [&](const Entry& entry) {
    const std::string own = store_name(entry.sha256);
    return entry.handle != own && (names.contains(own) || entry.handle.starts_with("mitmkit-"));
  });
}

/// `certutil` finds certificates by nickname alone.
Status check_alone(const std::vector<Entry>& entries, const Entry& meant) {
  const bool shared = std::ranges::any_of(entries, [&](const Entry& other) {
    return other.handle == meant.handle && other.sha256 != meant.sha256;
  });
  if (!shared) return {};
  return fail(Code::kUnsupported,
              fmt::format("its nickname '{}' is that of another certificate, too", meant.handle),
              "change it in the browser's own settings");
}

/// What a program that opens the database of another root could be made to do.
Status check_foreign(const Store& store) {
  constexpr auto kFiles = std::to_array({"cert9.db", "key4.db", "pkcs11.txt"});
  for (const auto* name : kFiles) {
    std::error_code ignored;
    if (fs::is_symlink(fs::symlink_status(store.path / name, ignored)))
      return fail(Code::kUnsupported, fmt::format("{} is a link, which may lead elsewhere", name));
  }
  const auto modules = read_regular_file(store.path / "pkcs11.txt", kMaxModules);
  if (!modules || !names_modules(*modules)) return {};
  return fail(Code::kUnsupported, "its pkcs11.txt names modules, which would be run here",
              "run mitm-ca on the system that it belongs to");
}

}  // namespace

bool names_modules(std::string_view pkcs11) {
  constexpr std::string_view kLibrary = "library=";
  std::istringstream lines{std::string(pkcs11)};
  for (std::string line; std::getline(lines, line);) {
    line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (lower_case(line).starts_with(kLibrary) && line.size() > kLibrary.size()) return true;
  }
  return false;
}

std::vector<Nickname> parse_nicknames(std::string_view listing) {
  std::vector<Nickname> nicknames;
  std::istringstream lines{std::string(listing)};
  for (std::string line; std::getline(lines, line);) {
    line.erase(line.find_last_not_of(" \r") + 1);
    const auto space = line.rfind(' ');
    if (space == std::string::npos) continue;
    const std::string trust = line.substr(space + 1);
    // "SSL,S/MIME,JAR/XPI" stands above them.
    if (std::ranges::count(trust, ',') != 2 || trust.find('/') != std::string::npos) continue;
    const auto end = line.find_last_not_of(' ', space);
    if (end != std::string::npos) nicknames.push_back({line.substr(0, end + 1), trust});
  }
  return nicknames;
}

Result<std::vector<Entry>> read_nss_store(const Store& store, const Run& run) {
  if (store.elsewhere) MITM_TRY(check_foreign(store));
  const auto listed = run_program({certutil(store, {"-L"})}, run);
  if (!listed) return std::unexpected(listed.error());
  std::vector<Entry> entries;
  std::set<std::string> seen;
  for (const Nickname& nickname : parse_nicknames(listed->output)) {
    if (!seen.insert(nickname.name).second) continue;
    // One that has no name, or cannot be read, costs no other.
    auto some = entries_of(store, nickname, run);
    if (!some) continue;
    for (Entry& entry : *some) entries.push_back(std::move(entry));
  }
  drop_namesakes(entries);
  return entries;
}

Result<std::vector<Action>> plan_nss_install(const Store& store, const std::vector<Entry>& entries,
                                             const Certificate& certificate) {
  const auto ours = std::ranges::find(entries, certificate.sha256, &Entry::sha256);
  if (ours != entries.end() && ours->trusted) return std::vector<Action>{};
  if (ours != entries.end()) {
    MITM_TRY(check_alone(entries, *ours));
    return std::vector<Action>{
        {RunProgram{certutil(store, {"-M", "-t", kTrusted, "-n", ours->handle})}, !store.writable}};
  }
  return std::vector<Action>{
      {RunProgram{certutil(store, {"-A", "-t", kTrusted, "-n", store_name(certificate.sha256)}),
                  certificate.pem},
       !store.writable}};
}

Result<std::vector<Action>> plan_nss_removal(const Store& store, const std::vector<Entry>& entries,
                                             const std::vector<std::string>& fingerprints) {
  std::vector<Action> plan;
  for (const Entry& entry : entries) {
    if (std::ranges::count(fingerprints, entry.sha256) == 0) continue;
    MITM_TRY(check_alone(entries, entry));
    plan.push_back({RunProgram{certutil(store, {"-D", "-n", entry.handle})}, !store.writable});
  }
  return plan;
}

}  // namespace mitm::trust
