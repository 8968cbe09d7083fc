#include "lib/base/temporary_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "lib/base/io.h"

namespace mitm {

Result<TemporaryDirectory> TemporaryDirectory::create(std::string_view prefix) {
  const char* variable = std::getenv("TMPDIR");
  const std::filesystem::path base = variable != nullptr && *variable != '\0' ? variable : "/tmp";
  // Absolute, because the command may go to another directory.
  std::error_code ignored;
  std::string path =
      (std::filesystem::absolute(base, ignored) / fmt::format("{}-XXXXXX", prefix)).string();
  // It is written into configuration files that have no way to spell these.
  if (path.find_first_of("\"\n") != std::string::npos) {
    return fail(Code::kIo, "temporary directory: its name holds a quotation mark or a line end",
                "TMPDIR must name another directory");
  }
  if (::mkdtemp(path.data()) == nullptr) {
    auto error = fail_errno(fmt::format("create {}", path));
    error.error().hint = "TMPDIR must name a directory";
    return error;
  }
  TemporaryDirectory directory(path);
  if (::chmod(path.c_str(), 0711) != 0) return fail_errno(fmt::format("chmod {}", path));
  return directory;
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  if (path_.empty()) return;
  // Also what the command has put there.
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Status TemporaryDirectory::write(const std::string& path, ByteView content, unsigned mode) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("create {}", path));
  // Whatever the umask is.
  if (::fchmod(fd.get(), mode) != 0) return fail_errno(fmt::format("chmod {}", path));
  FdSink sink(std::move(fd), path);
  MITM_TRY(sink.write(content));
  return sink.close();
}

}  // namespace mitm
