#include "cmd/mitm-ca/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "lib/base/io.h"
#include "lib/cli/output.h"
#include "lib/tls/ca_store.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

/// A device or pipe is written to; it must not be replaced by a file.
Status write_to_special(const fs::path& path, ByteView content) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  FdSink sink(std::move(fd), path.string());
  MITM_TRY(sink.write(content));
  return sink.close();
}

}  // namespace

Status write_to_stdout(ByteView content) {
  cli::Output output;
  MITM_TRY(output.write(content));
  return output.close();
}

Status write_public_file(const fs::path& path, const fs::path& home, ByteView content) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (fs::is_directory(status)) return fail_errno(fmt::format("open {}", path.string()), EISDIR);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_to_special(path, content);
  MITM_TRY(tls::spare_ca_files(path, home, "--output"));
  // Through symbolic links, so that the file they lead to is replaced and not they.
  const fs::path target = fs::exists(status) ? fs::canonical(path, error) : path;
  if (error && fs::exists(status))
    return fail_errno(fmt::format("open {}", path.string()), error.value());
  return write_file_atomically(target, content, 0644, IfExists::kReplace);
}

Status refuse_terminal(const char* what) {
  if (::isatty(STDOUT_FILENO) != 1) return {};
  return fail(Code::kUsage, fmt::format("{} is binary and would go to the terminal", what),
              "write it to a file with -o, or into a pipe");
}

}  // namespace mitm::ca
