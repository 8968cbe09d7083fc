#include "lib/archive/random_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace mitm::archive {
namespace {

/// As read(2): fewer octets than there is room for when the file ends.
Result<std::size_t> read_at(int fd, const std::string& name, std::uint64_t offset,
                            std::span<char> into) {
  while (true) {
    const ssize_t got = ::pread(fd, into.data(), into.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) return fail_errno(fmt::format("read {}", name));
  }
}

class RangeSource final : public ByteSource {
 public:
  RangeSource(int fd, const std::string& name, std::uint64_t begin, std::uint64_t end)
      : fd_(fd), name_(name), position_(begin), end_(end) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    const std::uint64_t left = end_ - std::min(position_, end_);
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left));
    const auto got = read_at(fd_, name_, position_, buffer.first(size));
    if (got) position_ += *got;
    return got;
  }

 private:
  int fd_;
  const std::string& name_;
  std::uint64_t position_;
  std::uint64_t end_;
};

}  // namespace

Result<std::optional<RandomFile>> RandomFile::open(const std::filesystem::path& path) {
  struct stat info{};
  // Opening a pipe would take something out of it.
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) return std::nullopt;
  auto fd = open_for_reading(path);
  if (!fd) return std::unexpected(std::move(fd).error());
  if (::fstat(fd->get(), &info) != 0) return fail_errno(fmt::format("stat {}", path.string()));
  if (!S_ISREG(info.st_mode)) return std::nullopt;
  return RandomFile(*std::move(fd), path.string(), static_cast<std::uint64_t>(info.st_size));
}

Status RandomFile::read(std::uint64_t offset, std::size_t size, Bytes& into) const {
  into.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const auto got = read_at(fd_.get(), name_, offset + done, std::span(into).subspan(done));
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return fail(Code::kCorrupt, fmt::format("{}: became shorter", name_));
    done += *got;
  }
  return {};
}

std::unique_ptr<ByteSource> RandomFile::range(std::uint64_t begin, std::uint64_t end) const {
  return std::make_unique<RangeSource>(fd_.get(), name_, begin, end);
}

}  // namespace mitm::archive
