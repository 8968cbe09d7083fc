#include "lib/trust/bundles.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "lib/base/ascii.h"
#include "lib/base/io.h"
#include "lib/tls/trust.h"
#include "lib/tls/x509_facts.h"
#include "lib/trust/java_keystore.h"
#include "lib/trust/jks.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSource = "# mitmkit besides: ";
constexpr std::string_view kBundle = "ca-bundle";
constexpr std::string_view kKeystore = "java";
constexpr std::size_t kDigits = 12;

/// Of a directory, all that is readable: programs that are given one pass over the rest.
Result<Bytes> read_directory(const std::string& path, std::size_t limit) {
  std::error_code error;
  Bytes all;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto content = read_regular_file(entry->path(), limit - std::min(limit, all.size()));
    if (content) {
      all += *content + '\n';
    } else if (content.error().code == Code::kLimit) {
      return fail(Code::kLimit, fmt::format("read {}: larger than {} bytes", path, limit));
    }
  }
  if (error) return fail_errno("read " + path, error.value());
  return all;
}

/// What the names of files for these sources have behind "ca-bundle" and "java".
std::string suffix_for(const std::vector<std::string>& sources) {
  if (sources.empty()) return {};
  Bytes all;
  for (const std::string& source : sources) all += source + '\n';
  std::string digest = lower_case(tls::fingerprint(all, tls::Digest::kSha256));
  std::erase(digest, ':');
  return '-' + digest.substr(0, kDigits);
}

std::string path_in(std::string_view directory, std::string_view stem, std::string_view suffix,
                    std::string_view extension) {
  return fmt::format("{}/{}{}{}", directory, stem, suffix, extension);
}

Bytes with_sources(const CertificateBundle& certificates, const std::vector<std::string>& sources) {
  Bytes text;
  for (const std::string& source : sources) text += fmt::format("{}{}\n", kSource, source);
  return text + certificates.pem();
}

/// Another process, or this one later, is in another directory.
std::string absolute(const std::string& path) {
  std::error_code error;
  const fs::path whole = fs::absolute(path, error);
  return error ? path : whole.string();
}

/// "-0123456789ab" of "ca-bundle-0123456789ab.pem"; nullopt: a file that is no bundle of ours.
std::optional<std::string> suffix_of(std::string_view name) {
  if (!name.starts_with(kBundle) || !name.ends_with(".pem")) return std::nullopt;
  const auto suffix = name.substr(kBundle.size(), name.size() - kBundle.size() - 4);
  if (!suffix.empty() && !suffix.starts_with('-')) return std::nullopt;
  return std::string(suffix);
}

}  // namespace

std::vector<std::string> directories_in(std::string_view list) {
  std::vector<std::string> directories;
  while (!list.empty()) {
    const std::string one(list.substr(0, list.find(':')));
    list.remove_prefix(std::min(list.size(), one.size() + 1));
    if (!one.empty()) directories.push_back(absolute(one));
  }
  return directories;
}

bool is_in(const std::string& directory, std::string_view path) {
  return fs::path(path).parent_path() == directory;
}

Result<Bytes> read_certificates(const std::string& path, std::size_t limit) {
  if (path == "/dev/null") return {};
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? read_directory(path, limit)
                                         : read_regular_file(path, limit);
}

Bytes system_certificates() {
  for (const fs::path& path : tls::system_bundles()) {
    auto content = read_regular_file(path, kMaxCertificates);
    if (content && !content->empty()) return *std::move(content);
  }
  return {};
}

Bundles::Bundles(BundlesGiven given) : given_(std::move(given)) {
  common_.certificates.add(given_.ca_pem);
  common_.certificates.add(given_.system_pem);
  for (const std::string& path : named_by("SSL_CERT_FILE")) add(common_, "SSL_CERT_FILE", path);
  add_directories();
  common_path_ = write(common_);
}

std::vector<std::string> Bundles::named_by(std::string_view name) const {
  const auto value = given_.variable(name);
  if (!value || value->empty()) return {};
  if (!is_in(given_.directory, *value)) return {absolute(*value)};
  const auto content = given_.read(*value, kMaxCertificates);
  return content ? sources_of(*content) : std::vector<std::string>{};
}

bool Bundles::add(Bundle& bundle, std::string_view name, const std::string& path) {
  if (std::ranges::count(bundle.sources, path) > 0) return true;
  if (!can_be_noted(name, path)) return false;
  const auto content = given_.read(path, kMaxCertificates);
  const bool usable = content && (content->empty() || bundle.certificates.add(*content) > 0);
  if (usable) bundle.sources.push_back(path);
  if (!usable) {
    warn(name, path,
         content ? fmt::format("{} holds no certificate in PEM", path) : content.error().message);
  }
  return usable;
}

/// Sources are lines. What came from one that is not noted would go to whoever has the same file.
bool Bundles::can_be_noted(std::string_view name, const std::string& path) {
  if (path.find('\n') == std::string::npos) return true;
  warn(name, path, "a path with a line feed is left out");
  return false;
}

/// OpenSSL passes over directories that are not there, and so do we.
void Bundles::add_directories() {
  std::size_t left = kMaxCertificates;
  for (const std::string& directory :
       directories_in(given_.variable("SSL_CERT_DIR").value_or(""))) {
    if (std::ranges::count(common_.sources, directory) > 0) continue;
    if (!can_be_noted("SSL_CERT_DIR", directory)) continue;
    const auto content = given_.read(directory, left);
    if (content) {
      if (common_.certificates.add(*content) > 0) common_.sources.push_back(directory);
      left -= std::min(left, content->size());
    } else if (content.error().code == Code::kLimit) {
      warn("SSL_CERT_DIR", directory,
           fmt::format("more than {} MiB, {} is left out", kMaxCertificates >> 20, directory));
    }
  }
}

std::string Bundles::for_variable(const Variable& variable) {
  auto named = named_by(variable.name);
  std::string_view by = variable.name;
  for (const std::string_view other : variable.else_obeyed) {
    if (named.empty() && !other.empty() && given_.variable(variable.name).value_or("").empty()) {
      named = named_by(other);
      by = other;
    }
  }
  Bundle bundle = common_;
  for (const std::string& path : named) add(bundle, by, path);
  return write(bundle);
}

std::string Bundles::with(std::string_view name, const std::string& path) {
  Bundle bundle = common_;
  add(bundle, name, absolute(path));
  return write(bundle);
}

/// One that has nothing more than the common one is that.
std::string Bundles::write(const Bundle& bundle) {
  if (!common_path_.empty() &&
      std::ranges::equal(bundle.certificates.certificates(), common_.certificates.certificates()))
    return common_path_;
  std::string path = path_in(given_.directory, kBundle, suffix_for(bundle.sources), ".pem");
  files_[path] = with_sources(bundle.certificates, bundle.sources);
  return path;
}

std::string Bundles::keystore() {
  std::string path = path_in(given_.directory, kKeystore, suffix_for(common_.sources), ".jks");
  files_[path] = java_keystore(common_.certificates.certificates());
  return path;
}

void Bundles::warn(std::string_view name, const std::string& path, std::string_view what) {
  if (warned_.insert(path).second) warnings_.push_back(fmt::format("{}: {}", name, what));
}

std::vector<BundleFile> Bundles::take_files() {
  std::vector<BundleFile> files;
  for (auto& [path, content] : files_) files.push_back({path, std::move(content)});
  files_.clear();
  return files;
}

std::vector<std::string> sources_of(ByteView bundle) {
  std::vector<std::string> sources;
  while (bundle.starts_with(kSource)) {
    const auto line = bundle.substr(0, bundle.find('\n'));
    sources.emplace_back(line.substr(kSource.size()));
    bundle.remove_prefix(std::min(bundle.size(), line.size() + 1));
  }
  return sources;
}

Refreshed refreshed_bundles(const std::string& directory, ByteView ca_pem, ByteView system_pem,
                            const ReadCertificates& read) {
  Refreshed fresh;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto suffix = suffix_of(entry->path().filename().string());
    const auto content = suffix ? read(entry->path(), kMaxCertificates) : Result<Bytes>();
    if (!suffix || !content) continue;
    CertificateBundle certificates;
    certificates.add(ca_pem);
    certificates.add(system_pem);
    const auto sources = sources_of(*content);
    for (const std::string& source : sources) {
      const auto more = read(source, kMaxCertificates);
      if (more && (certificates.add(*more) > 0 || more->empty())) continue;
      fresh.warnings.push_back(fmt::format(
          "{} has no certificates any more of a file that it was made with: {}",
          entry->path().string(), more ? source + " holds none in PEM" : more.error().message));
    }
    fresh.files.push_back({entry->path(), with_sources(certificates, sources)});
    const std::string keystore = path_in(directory, kKeystore, *suffix, ".jks");
    std::error_code ignored;
    if (fs::exists(keystore, ignored))
      fresh.files.push_back({keystore, java_keystore(certificates.certificates())});
  }
  return fresh;
}

}  // namespace mitm::trust
