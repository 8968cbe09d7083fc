#include <fmt/format.h>

#include "lib/archive/reader.h"

namespace mitm::archive {

std::vector<std::string> describe(const Ending& ending) {
  std::vector<std::string> lines;
  for (const Ending::Skipped& place : ending.skipped) {
    lines.push_back(fmt::format("{} bytes skipped at byte {}", place.bytes, place.at));
  }
  if (ending.unclosed > 0) {
    lines.push_back(
        fmt::format("{} of the recordings joined in it not closed cleanly", ending.unclosed));
  }
  if (ending.torn_at) {
    lines.push_back(fmt::format("torn tail at byte {}", *ending.torn_at));
  } else if (!ending.finished) {
    lines.emplace_back("not closed cleanly");
  }
  if (ending.unknown_records > 0) {
    lines.push_back(fmt::format("{} records of unknown kinds left out", ending.unknown_records));
  }
  return lines;
}

}  // namespace mitm::archive
