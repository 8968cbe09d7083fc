#include "lib/tls/former.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/io.h"
#include "lib/tls/guarded.h"
#include "lib/tls/home_lock.h"

namespace mitm::tls {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 1 << 20;

fs::path folder_in(const fs::path& home, Standing standing) {
  return home / (standing == Standing::kTrusted ? "former" : "withdrawn");
}

fs::path path_of(const CaCertificate& certificate, const fs::path& home, Standing standing) {
  return folder_in(home, standing) / (certificate.facts.sha256 + ".pem");
}

}  // namespace

Status keep_former(const CaCertificate& certificate, const fs::path& home, Standing standing) {
  const fs::path folder = folder_in(home, standing);
  const auto lock = lock_directory(home, IfMissing::kCreate);
  if (!lock) return std::unexpected(lock.error());
  MITM_TRY(check_directory(folder, kCaDirectory));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return fail_errno(fmt::format("create {}", folder.string()));
  sweep(folder, [](std::string_view name) { return name.ends_with(".pem"); });
  return write_file_atomically(path_of(certificate, home, standing), certificate.pem, 0644,
                               IfExists::kReplace);
}

Result<std::vector<CaCertificate>> load_former(const fs::path& home, Standing standing) {
  const fs::path folder = folder_in(home, standing);
  MITM_TRY(check_directory(folder, kCaDirectory));
  std::vector<CaCertificate> certificates;
  std::error_code error;
  for (fs::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    if (file->path().extension() != ".pem") continue;
    const auto content = read_guarded(file->path(), kCaCertificate, kMaxFile);
    if (!content) return std::unexpected(content.error());
    if (auto certificate = ca_certificate_from_pem(*content, file->path().string()))
      certificates.push_back(*std::move(certificate));
  }
  std::ranges::sort(certificates, std::greater(),
                    [](const CaCertificate& one) { return one.facts.not_before; });
  return certificates;
}

Status forget_former(const CaCertificate& certificate, const fs::path& home) {
  for (const Standing standing : {Standing::kTrusted, Standing::kWithdrawn}) {
    const fs::path path = path_of(certificate, home, standing);
    if (::unlink(path.c_str()) != 0 && errno != ENOENT)
      return fail_errno(fmt::format("remove {}", path.string()));
  }
  return {};
}

}  // namespace mitm::tls
