#include "lib/archive/torn_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "lib/base/fd.h"
#include "lib/base/io.h"

namespace mitm::archive {
namespace {

constexpr int kMostNames = 10'000;
constexpr std::size_t kPiece = 64 * 1024;

struct TornFile {
  std::filesystem::path path;
  Fd fd;
};

Result<TornFile> create(const std::filesystem::path& path) {
  for (int number = 0; number < kMostNames; ++number) {
    TornFile torn{path.string() + ".torn", Fd()};
    if (number > 0) torn.path += fmt::format(".{}", number);
    torn.fd = Fd(::open(torn.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (torn.fd.is_open()) return torn;
    if (errno != EEXIST) return fail_errno(fmt::format("create {}", torn.path.string()));
  }
  return fail(Code::kLimit, fmt::format("{}.torn: too many of them", path.string()));
}

Status copy(int fd, std::uint64_t begin, ByteSink& sink, const std::string& name) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (true) {
    const ssize_t got = ::pread(fd, buffer.get(), kPiece, static_cast<off_t>(begin));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(fmt::format("read {}", name));
    if (got == 0) return {};
    MITM_TRY(sink.write({buffer.get(), static_cast<std::size_t>(got)}));
    begin += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

Result<std::filesystem::path> keep_torn_end(int fd, std::uint64_t begin,
                                            const std::filesystem::path& path) {
  auto torn = create(path);
  if (!torn) return std::unexpected(std::move(torn).error());
  FdSink sink(std::move(torn->fd), torn->path.string());
  Status kept = copy(fd, begin, sink, path.string());
  if (kept) kept = sink.sync();
  if (Status closed = sink.close(); kept && !closed) kept = std::move(closed);
  if (kept) kept = sync_directory(path.has_parent_path() ? path.parent_path() : ".");
  if (kept) return std::move(torn->path);
  ::unlink(torn->path.c_str());
  return std::unexpected(std::move(kept).error());
}

}  // namespace mitm::archive
