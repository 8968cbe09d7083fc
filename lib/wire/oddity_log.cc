#include "lib/wire/oddity_log.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace mitm::wire {

std::string excerpt(ByteView bytes, std::size_t limit) {
  std::string text;
  for (const char c : bytes.substr(0, limit)) {
    const auto octet = static_cast<unsigned char>(c);
    if (octet < 0x20 || octet >= 0x7f) {
      fmt::format_to(std::back_inserter(text), "\\x{:02x}", octet);
    } else {
      if (c == '\\') text += '\\';
      text += c;
    }
  }
  if (bytes.size() > limit) text += "...";
  return text;
}

void OddityLog::add(OddityId id, ByteView detail) {
  const auto index = static_cast<std::size_t>(id);
  if (seen_.test(index)) return;
  seen_.set(index);
  waiting_.push_back(
      {.name = info(id).name, .detail = excerpt(detail), .framing = info(id).framing});
}

std::optional<Oddity> OddityLog::take() {
  if (taken_ == waiting_.size()) {
    waiting_.clear();
    taken_ = 0;
    return std::nullopt;
  }
  return std::move(waiting_[taken_++]);
}

}  // namespace mitm::wire
