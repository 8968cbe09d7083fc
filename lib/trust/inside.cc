#include "lib/trust/inside.h"

#include <list>
#include <system_error>

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as many as the kernel follows

void put_first(std::list<fs::path>& parts, const fs::path& path) {
  parts.insert(parts.begin(), path.begin(), path.end());
}

}  // namespace

std::optional<fs::path> resolve_inside(const fs::path& root, const fs::path& path) {
  std::list<fs::path> parts;
  put_first(parts, path.lexically_relative(root));
  fs::path below;  // what is resolved so far
  int links = 0;
  while (!parts.empty()) {
    const fs::path part = parts.front();
    parts.pop_front();
    if (part.empty() || part == "." || part == "/") continue;
    if (part == "..") {
      below = below.parent_path();
      continue;
    }
    std::error_code error;
    const fs::path here = root / below / part;
    const fs::file_status status = fs::symlink_status(here, error);
    if (!fs::exists(status)) return std::nullopt;
    if (!fs::is_symlink(status)) {
      below /= part;
      continue;
    }
    const fs::path target = fs::read_symlink(here, error);
    if (error || ++links > kMostLinks) return std::nullopt;
    if (target.is_absolute()) below.clear();
    put_first(parts, target.relative_path());
  }
  return below.empty() ? root : root / below;
}

}  // namespace mitm::trust
