#include "cmd/mitm-ca/trust_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "lib/base/io.h"
#include "lib/tls/former.h"
#include "lib/tls/guarded.h"
#include "lib/tls/home_lock.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

constexpr auto kKept = std::chrono::days(30);

fs::path folder_in(const fs::path& home) {
  std::error_code ignored;
  // However the home was named, or `env --unset` would not know its own.
  return fs::absolute(home, ignored).lexically_normal() / "trust";
}

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Status write(const trust::BundleFile& file) {
  // Another program may be reading it; what is the same stays.
  const auto before = read_regular_file(file.path, file.content.size());
  if (!before || *before != file.content)
    return write_file_atomically(file.path, file.content, 0644, IfExists::kReplace);
  ::utimensat(AT_FDCWD, file.path.c_str(), nullptr, 0);  // for drop_old()
  return {};
}

bool is_old(const fs::path& path) {
  std::error_code error;
  const auto written = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - written > kKept;
}

bool is_made_here(std::string_view name) {
  return name.ends_with(".pem") || name.ends_with(".jks");
}

void drop_old(const fs::path& folder, const std::vector<trust::BundleFile>& used) {
  std::error_code error;
  std::vector<fs::path> old;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    const fs::path& path = entry->path();
    if (is_made_here(path.native()) &&
        std::ranges::count(used, path.string(), &trust::BundleFile::path) == 0 && is_old(path))
      old.push_back(path);
  }
  for (const fs::path& path : old) fs::remove(path, error);
}

}  // namespace

Result<Bytes> trusted_pem(const fs::path& home, Time now, const std::vector<std::string>& without) {
  Bytes all;
  if (!tls::has_ca(home)) return all;
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  const auto former = tls::load_former(home);
  if (!former) return std::unexpected(former.error());
  if (std::ranges::count(without, ca->facts.sha256) == 0) all += ca->pem;
  for (const tls::CaCertificate& one : *former) {
    if (now <= one.facts.not_after && std::ranges::count(without, one.facts.sha256) == 0)
      all += one.pem;
  }
  return all;
}

trust::BundlesGiven bundles_given(const fs::path& home) {
  return {.variable = variable,
          .read = trust::read_certificates,
          .directory = folder_in(home).string(),
          .ca_pem = {},
          .system_pem = trust::system_certificates()};
}

Result<Fd> lock_trust_folder(const fs::path& home) {
  const fs::path folder = folder_in(home);
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("create {}", folder.string()));
  MITM_TRY(tls::check_directory(folder, tls::kTrustDirectory));
  return tls::lock_directory(folder, tls::IfMissing::kCreate);
}

Status hand_out(const std::vector<trust::BundleFile>& files, const fs::path& home) {
  const fs::path folder = folder_in(home);
  tls::sweep(folder, is_made_here);
  for (const trust::BundleFile& file : files) MITM_TRY(write(file));
  drop_old(folder, files);
  return {};
}

Status refresh_trust_folder(const fs::path& home, Time now, const cli::Diagnostics& diagnostics,
                            const std::vector<std::string>& without) {
  const fs::path folder = folder_in(home);
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) return {};
  const auto lock = lock_trust_folder(home);
  if (!lock) return std::unexpected(lock.error());
  const auto ca_pem = trusted_pem(home, now, without);
  if (!ca_pem) return std::unexpected(ca_pem.error());
  const auto fresh = trust::refreshed_bundles(
      folder.string(), *ca_pem, trust::system_certificates(), trust::read_certificates);
  for (const std::string& warning : fresh.warnings) diagnostics.warning(warning);
  tls::sweep(folder, is_made_here);
  for (const trust::BundleFile& file : fresh.files) MITM_TRY(write(file));
  return {};
}

}  // namespace mitm::ca
