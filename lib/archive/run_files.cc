#include "lib/archive/run_files.h"

#include <memory>
#include <system_error>
#include <utility>

#include "lib/archive/frame_walker.h"
#include "lib/archive/random_file.h"
#include "lib/archive/reader.h"

namespace mitm::archive {
namespace {

constexpr unsigned kMostFiles = 4096;

std::optional<flow::Header> header_of(const std::filesystem::path& path) {
  auto file = RandomFile::open(path);
  Bytes beginning;
  if (!file || !*file || (*file)->size() < 4 || !(*file)->read(0, 4, beginning))
    return std::nullopt;
  // Other files may be large, and a reader would look for frames in them.
  if (magic_of(beginning) != Magic::kData) return std::nullopt;
  const auto reader = Reader::open((*file)->range(0, (*file)->size()), path.string());
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
