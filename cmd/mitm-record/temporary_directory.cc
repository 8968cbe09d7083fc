#include "cmd/mitm-record/temporary_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/base/io.h"

namespace mitm::record {

Result<TemporaryDirectory> TemporaryDirectory::create() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  if (error) {
    return fail(Code::kIo, fmt::format("temporary directory: {}", error.message()),
                "TMPDIR must name a directory");
  }
  std::string path = (base / "mitm-record-XXXXXX").string();
  if (::mkdtemp(path.data()) == nullptr) return fail_errno(fmt::format("create {}", path));
  TemporaryDirectory directory(path);
  if (::chmod(path.c_str(), 0711) != 0) return fail_errno(fmt::format("chmod {}", path));
  return directory;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), files_(std::exchange(other.files_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  for (const std::string& file : files_) ::unlink(file.c_str());
  ::rmdir(path_.c_str());
}

Status TemporaryDirectory::write(const std::string& path, ByteView content, unsigned mode) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("create {}", path));
  files_.push_back(path);
  // Whatever the umask is.
  if (::fchmod(fd.get(), mode) != 0) return fail_errno(fmt::format("chmod {}", path));
  FdSink sink(std::move(fd), path);
  MITM_TRY(sink.write(content));
  return sink.close();
}

}  // namespace mitm::record
