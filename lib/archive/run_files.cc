#include "lib/archive/run_files.h"

#include <memory>
#include <system_error>
#include <utility>

#include "lib/archive/reader.h"
#include "lib/base/io.h"

namespace mitm::archive {
namespace {

constexpr unsigned kMostFiles = 4096;

std::optional<flow::Header> header_of(const std::filesystem::path& path) {
  // A pipe must not hold us up.
  auto fd = open_regular_file(path);
  if (!fd) return std::nullopt;
  const auto reader =
      Reader::open(std::make_unique<FdSource>(*std::move(fd), path.string()), path.string());
  return reader ? (*reader)->header() : std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> oldest_file(const std::filesystem::path& folder,
                                                 std::uint64_t run_id, std::uint32_t after,
                                                 std::uint32_t below) {
  std::optional<std::filesystem::path> oldest;
  std::error_code error;
  unsigned seen = 0;
  for (std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error), end;
       !error && entry != end && ++seen <= kMostFiles; entry.increment(error)) {
    const auto header = header_of(entry->path());
    if (!header || header->run_id != run_id) continue;
    if (header->file_number <= after || header->file_number >= below) continue;
    below = header->file_number;
    oldest = entry->path();
  }
  return oldest;
}

}  // namespace mitm::archive
