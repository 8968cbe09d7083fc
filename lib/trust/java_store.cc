#include "lib/trust/java_store.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>

#include "lib/base/ascii.h"
#include "lib/base/io.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "lib/trust/certificate.h"
#include "lib/trust/jks.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxKeystore = 64 << 20;
constexpr auto kFingerprint = "(SHA-256): ";

/// Beside the keystore as a rule: …/lib/security/cacerts and …/bin/keytool.
std::string keytool_of(const Store& store) {
  if (store.elsewhere) return "keytool";
  for (fs::path at = store.path.parent_path(); at.has_relative_path(); at = at.parent_path()) {
    std::error_code ignored;
    if (fs::exists(at / "bin/keytool", ignored) && at != "/usr")
      return (at / "bin/keytool").string();
  }
  return "keytool";
}

std::vector<std::string> keytool(const Store& store, std::vector<std::string> words) {
  words.insert(words.begin(), {keytool_of(store), "-J-Duser.language=en"});
  words.insert(words.end(),
               {"-keystore", store.path.string(), "-storepass", std::string(kKeystorePassword)});
  return words;
}

Result<Bytes> read_keystore(const Store& store) {
  return read_regular_file(store.path, kMaxKeystore);
}

std::unexpected<Error> name_store(const Store& store, Error error) {
  error.message = fmt::format("{}: {}", store.path.string(), error.message);
  return std::unexpected(std::move(error));
}

/// The keystore as it is now, which must not have changed since it was read for the plan in any way
/// that matters; an install and a removal read it once more for that.
Result<std::vector<JksEntry>> entries_of(const Store& store, ByteView content) {
  auto entries = read_jks(content);
  if (!entries) return name_store(store, std::move(entries).error());
  return entries;
}

unsigned mode_of(const fs::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0644U;
}

Action rewrite(const Store& store, Bytes content) {
  return {WriteFile{store.path, std::move(content), mode_of(store.path)}, !store.writable};
}

}  // namespace

std::vector<Entry> parse_keytool_list(std::string_view listing) {
  std::vector<Entry> entries;
  std::string alias;
  std::istringstream lines{std::string(listing)};
  for (std::string line; std::getline(lines, line);) {
    if (const auto kind = line.find(", trustedCertEntry"); kind != std::string::npos) {
      // "alias, Nov 27, 2026, trustedCertEntry, "
      alias = line.substr(0, line.find(", "));
    } else if (const auto at = line.find(kFingerprint); at != std::string::npos && !alias.empty()) {
      std::string hex;
      for (const char letter : line.substr(at + std::string_view(kFingerprint).size()))
        if (std::isxdigit(static_cast<unsigned char>(letter)) != 0) hex += to_lower(letter);
      entries.push_back({.handle = alias, .sha256 = hex});
      alias.clear();
    }
  }
  return entries;
}

Result<std::vector<Entry>> read_java_store(const Store& store, const Run& run) {
  const auto content = read_keystore(store);
  if (!content) return std::unexpected(content.error());
  if (!is_jks(*content)) {
    const auto listed = run_program({keytool(store, {"-list"})}, run);
    if (!listed) return name_store(store, listed.error());
    return parse_keytool_list(listed->output);
  }
  const auto found = entries_of(store, *content);
  if (!found) return std::unexpected(found.error());
  std::vector<Entry> entries;
  for (const JksEntry& entry : *found) {
    const auto certificate = tls::certificate_from_der(entry.der, entry.alias);
    if (!certificate) continue;
    const flow::Certificate facts = tls::certificate_facts(certificate->get());
    entries.push_back({entry.alias, facts.sha256, facts.subject, true});
  }
  return entries;
}

Result<std::vector<Action>> plan_java_install(const Store& store, const std::vector<Entry>& entries,
                                              const Certificate& certificate) {
  const bool there =
      std::ranges::find(entries, certificate.sha256, &Entry::sha256) != entries.end();
  if (there) return std::vector<Action>{};
  const auto content = read_keystore(store);
  if (!content) return std::unexpected(content.error());
  const std::string alias = store_name(certificate.sha256);
  if (is_jks(*content))
    return std::vector<Action>{rewrite(store, jks_with(*content, alias, certificate.der))};
  return std::vector<Action>{
      {RunProgram{keytool(store, {"-importcert", "-noprompt", "-alias", alias}), certificate.pem},
       !store.writable}};
}

Result<std::vector<Action>> plan_java_removal(const Store& store, const std::vector<Entry>& entries,
                                              const std::vector<std::string>& fingerprints) {
  std::vector<std::string> aliases;
  for (const Entry& entry : entries)
    if (std::ranges::count(fingerprints, entry.sha256) > 0) aliases.push_back(entry.handle);
  if (aliases.empty()) return std::vector<Action>{};
  auto content = read_keystore(store);
  if (!content) return std::unexpected(std::move(content).error());
  std::vector<Action> plan;
  if (!is_jks(*content)) {
    for (const std::string& alias : aliases)
      plan.push_back({RunProgram{keytool(store, {"-delete", "-alias", alias})}, !store.writable});
    return plan;
  }
  for (const std::string& alias : aliases) {
    const auto found = entries_of(store, *content);
    if (!found) return std::unexpected(found.error());
    const auto entry = std::ranges::find(*found, alias, &JksEntry::alias);
    if (entry != found->end()) content = jks_without(*content, *entry);
  }
  plan.push_back(rewrite(store, *std::move(content)));
  return plan;
}

}  // namespace mitm::trust
