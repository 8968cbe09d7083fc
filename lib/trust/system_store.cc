#include "lib/trust/system_store.h"

#include <sys/stat.h>

#include <algorithm>
#include <optional>
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

/// The file without the certificates, where others are in it too.
Bytes without(ByteView content, const std::vector<std::string>& fingerprints) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  Bytes rest;
  while (!content.empty()) {
    const auto begin = std::min(content.find(kBegin), content.size());
    const auto end = content.find(kEnd, begin);
    const auto after =
        end == ByteView::npos
            ? content.size()
            : std::min(content.find_first_not_of("\r\n", end + kEnd.size()), content.size());
    const ByteView block = content.substr(begin, after - begin);
    const auto certificates = tls::certificates_from_pem(block, "");
    const bool is_it =
        certificates && certificates->size() == 1 &&
        std::ranges::count(fingerprints,
                           tls::certificate_facts(certificates->front().get()).sha256) > 0;
    rest += content.substr(0, is_it ? begin : after);
    content.remove_prefix(after);
  }
  return rest;
}

/// nullopt where the file cannot be read any more.
std::optional<Action> take_out(const Store& store, const fs::path& path,
                               const std::vector<std::string>& fingerprints) {
  struct stat info{};
  const auto content = read_regular_file(path, kMaxFile);
  if (!content || ::stat(path.c_str(), &info) != 0) return std::nullopt;
  return Action{WriteFile{path, without(*content, fingerprints), info.st_mode & 07777U},
                !store.writable};
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
  // A file with another suffix lies there and does not count.
  const bool has_file = std::ranges::any_of(entries, [&](const Entry& entry) {
    return entry.sha256 == certificate.sha256 && entry.handle.ends_with(store.suffix);
  });
  if (!has_file) {
    const fs::path path = store.path / (store_name(certificate.sha256) + store.suffix);
    plan.push_back({WriteFile{path, certificate.pem, 0644}, !store.writable});
  }
  plan.push_back(refresh(store, store.refresh));
  return plan;
}

std::vector<Action> plan_system_removal(const Store& store, const std::vector<Entry>& entries,
                                        const std::vector<std::string>& fingerprints) {
  const auto is_meant = [&](const Entry& entry) {
    return std::ranges::count(fingerprints, entry.sha256) > 0;
  };
  std::set<std::string> files;
  for (const Entry& entry : entries)
    if (is_meant(entry) && !entry.handle.empty()) files.insert(entry.handle);
  std::vector<Action> plan;
  for (const std::string& file : files) {
    const bool is_shared = std::ranges::any_of(
        entries, [&](const Entry& other) { return other.handle == file && !is_meant(other); });
    const auto action =
        is_shared ? take_out(store, file, fingerprints) : Action{RemoveFile{file}, !store.writable};
    if (action) plan.push_back(*action);
  }
  // Also after a file that somebody took away by hand.
  if (std::ranges::any_of(entries, is_meant)) plan.push_back(refresh(store, store.after_removal));
  return plan;
}

}  // namespace mitm::trust
