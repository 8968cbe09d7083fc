#include <fmt/format.h>

#include "lib/archive/reader.h"

namespace mitm::archive {

Ending Ending::while_written() const {
  Ending ending = *this;
  ending.finished = true;
  ending.torn_at.reset();
  ending.torn_bytes = 0;
  return ending;
}

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

std::vector<std::string> describe(const std::string& name, const Ending& ending, bool is_live) {
  std::vector<std::string> lines;
  if (is_live && !ending.finished)
    lines.push_back(fmt::format("{}: still being written, read as far as it has come", name));
  for (const std::string& line : describe(is_live ? ending.while_written() : ending))
    lines.push_back(fmt::format("{}: {}", name, line));
  return lines;
}

}  // namespace mitm::archive
