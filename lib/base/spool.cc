#include "lib/base/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "lib/base/write_all.h"

namespace mitm {
namespace {

constexpr std::string_view kName = "a temporary file";

Result<Fd> open_unlinked() {
  const char* configured = std::getenv("TMPDIR");
  const std::string directory = configured != nullptr && *configured != 0 ? configured : "/tmp";
  Fd fd(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.is_open()) return fd;
  // Some file systems do not know O_TMPFILE.
  std::string path = directory + "/mitmkit-XXXXXX";
  fd = Fd(::mkostemp(path.data(), O_CLOEXEC));
  if (!fd.is_open()) return fail_errno("create a temporary file in " + directory);
  ::unlink(path.c_str());
  return fd;
}

}  // namespace

Status Spool::append(ByteView bytes) {
  if (!file_.is_open() && memory_.size() + bytes.size() > in_memory_) MITM_TRY(move_to_file());
  if (file_.is_open()) {
    MITM_TRY(write_all(file_.get(), bytes, kName));
  } else {
    memory_.append(bytes);
  }
  size_ += bytes.size();
  return {};
}

Status Spool::move_to_file() {
  auto file = open_unlinked();
  if (!file) return std::unexpected(std::move(file).error());
  MITM_TRY(write_all(file->get(), memory_, kName));
  file_ = *std::move(file);
  Bytes().swap(memory_);
  return {};
}

Result<std::size_t> Spool::read_at(std::uint64_t offset, std::span<char> buffer) const {
  if (offset >= size_ || buffer.empty()) return std::size_t{0};
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), size_ - offset);
  if (!file_.is_open()) {
    std::memcpy(buffer.data(), memory_.data() + offset, wanted);
    return wanted;
  }
  while (true) {
    const ssize_t got = ::pread(file_.get(), buffer.data(), wanted, static_cast<off_t>(offset));
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return fail(Code::kIo, "read a temporary file: it has become shorter");
    if (errno != EINTR) return fail_errno("read a temporary file");
  }
}

Result<std::size_t> SpoolSource::read(std::span<char> buffer) {
  const std::size_t wanted = std::min<std::uint64_t>(buffer.size(), end_ - offset_);
  auto got = spool_.read_at(offset_, buffer.first(wanted));
  if (got) offset_ += *got;
  return got;
}

}  // namespace mitm
