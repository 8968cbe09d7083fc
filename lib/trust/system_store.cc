#include "lib/trust/system_store.h"

#include <algorithm>
#include <set>

#include "lib/base/io.h"
#include "lib/tls/pem.h"
#include "lib/tls/x509_facts.h"
#include "lib/trust/certificate.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;
constexpr std::size_t kMaxBundle = 16 << 20;

/// The certificates of a file in PEM, or the one of a file in DER; none of a file with others.
std::vector<Entry> entries_of(const fs::path& path, std::size_t limit) {
  std::vector<Entry> entries;
  const auto content = read_regular_file(path, limit);
  if (!content) return entries;
  auto certificates = tls::certificates_from_pem(*content, path.string());
  if (!certificates) return entries;
  if (certificates->empty()) {
    if (auto single = tls::certificate_from_der(*content, path.string()))
      certificates->push_back(*std::move(single));
  }
  for (const tls::X509Ptr& certificate : *certificates) {
    const flow::Certificate facts = tls::certificate_facts(certificate.get());
    entries.push_back({path.string(), facts.sha256, facts.subject, true});
  }
  return entries;
}

Action refresh(const Store& store, const std::vector<std::string>& command) {
  return {RunProgram{command}, !store.writable};
}

}  // namespace

Result<std::vector<Entry>> read_system_store(const Store& store) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::recursive_directory_iterator file(store.path, error), end; !error && file != end;
       file.increment(error)) {
    for (Entry& entry : entries_of(file->path(), kMaxFile)) entries.push_back(std::move(entry));
  }
  if (error) return fail_errno("read " + store.path.string(), error.value());
  std::ranges::sort(entries, {}, &Entry::handle);
  const std::vector<Entry> bundle = entries_of(store.bundle, kMaxBundle);
  std::set<std::string> counting;
  for (const Entry& entry : bundle) counting.insert(entry.sha256);
  std::set<std::string> own;
  for (Entry& entry : entries) {
    entry.trusted = counting.contains(entry.sha256);
    own.insert(entry.sha256);
  }
  for (const Entry& entry : bundle)
    if (!own.contains(entry.sha256)) entries.push_back({"", entry.sha256, entry.subject, true});
  return entries;
}

std::vector<Action> plan_system_install(const Store& store, const std::vector<Entry>& entries,
                                        const Certificate& certificate) {
  const auto ours = std::ranges::find(entries, certificate.sha256, &Entry::sha256);
  if (ours != entries.end() && ours->trusted) return {};
  std::vector<Action> plan;
  if (ours == entries.end()) {
    const fs::path path = store.path / (store_name(certificate.sha256) + store.suffix);
    plan.push_back({WriteFile{path, certificate.pem, 0644}, !store.writable});
  }
  plan.push_back(refresh(store, store.refresh));
  return plan;
}

std::vector<Action> plan_system_removal(const Store& store, const std::vector<Entry>& entries,
                                        std::string_view sha256) {
  std::vector<Action> plan;
  for (const Entry& entry : entries) {
    if (entry.sha256 == sha256 && !entry.handle.empty())
      plan.push_back({RemoveFile{entry.handle}, !store.writable});
  }
  const bool counts = std::ranges::find(entries, sha256, &Entry::sha256) != entries.end();
  // Also after a file that somebody took away by hand.
  if (counts) plan.push_back(refresh(store, store.after_removal));
  return plan;
}

}  // namespace mitm::trust
