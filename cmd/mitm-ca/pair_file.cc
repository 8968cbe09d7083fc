#include "cmd/mitm-ca/pair_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "lib/base/fd.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

std::string staged(const std::string& path) { return path + ".new"; }

/// Errors are no news: what is left over disturbs nobody, and is replaced by the next attempt.
void discard(const PairFiles& files) {
  ::unlink(staged(files.key_path).c_str());
  ::unlink(staged(files.certificate_path).c_str());
}

/// Keeps others who write pairs there away while it lives. Where the file system has no locks,
/// nobody is.
Fd lock_folder_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  Fd folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.is_open()) ::flock(folder.get(), LOCK_EX);
  return folder;
}

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return {};
  return fail_errno(fmt::format("rename {} to {}", from, to));
}

Status stage(const PairFiles& files, ByteView key, ByteView certificates) {
  MITM_TRY(write_file_atomically(staged(files.key_path), key, 0600, IfExists::kReplace));
  return write_file_atomically(staged(files.certificate_path), certificates, 0644,
                               IfExists::kReplace);
}

Status replace(const PairFiles& files) {
  if (::unlink(files.certificate_path.c_str()) != 0 && errno != ENOENT)
    return fail_errno(fmt::format("replace {}", files.certificate_path));
  MITM_TRY(rename_file(staged(files.key_path), files.key_path));
  MITM_TRY(rename_file(staged(files.certificate_path), files.certificate_path));
  const fs::path parent = fs::path(files.key_path).parent_path();
  return sync_directory(parent.empty() ? "." : parent);
}

Status create(const PairFiles& files, ByteView key, ByteView certificates) {
  std::error_code ignored;
  if (fs::exists(fs::symlink_status(files.certificate_path, ignored)))
    return fail_errno(fmt::format("create {}", files.certificate_path), EEXIST);
  MITM_TRY(write_file_atomically(files.key_path, key, 0600, IfExists::kFail));
  auto written = write_file_atomically(files.certificate_path, certificates, 0644, IfExists::kFail);
  if (!written) ::unlink(files.key_path.c_str());
  return written;
}

}  // namespace

Status write_pair(const PairFiles& files, ByteView key, ByteView certificates, IfExists if_exists) {
  const Fd lock = lock_folder_of(files.key_path);
  if (if_exists == IfExists::kFail) return create(files, key, certificates);
  auto written = stage(files, key, certificates);
  if (written) written = replace(files);
  if (!written) discard(files);
  return written;
}

}  // namespace mitm::ca
