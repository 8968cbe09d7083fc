#include "lib/base/utf8.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace mitm {
namespace {

std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }

/// 0: no character begins with this octet.
std::size_t expected_size(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
}

/// Offset of the first octet above 0x7f.
std::size_t ascii_prefix(ByteView text) {
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & 0x8080808080808080U) != 0) break;
  }
  while (at < text.size() && octet(text[at]) < 0x80) ++at;
  return at;
}

}  // namespace

Utf8Character decode_utf8(ByteView text) {
  const std::uint8_t lead = octet(text[0]);
  const std::size_t size = expected_size(lead);
  if (size == 0 || text.size() < size) return {};
  if (size == 1) return {lead, 1};
  char32_t code = lead & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((octet(text[i]) & 0xC0U) != 0x80) return {};
    code = (code << 6U) | (octet(text[i]) & 0x3FU);
  }
  const bool overlong = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (overlong || surrogate || code > 0x10FFFF) return {};
  return {code, size};
}

void Utf8Check::feed(ByteView piece) {
  while (valid_ && !pending_.empty() && !piece.empty()) {
    pending_.push_back(piece.front());
    piece.remove_prefix(1);
    if (pending_.size() < expected_size(octet(pending_.front()))) continue;
    valid_ = decode_utf8(pending_).size != 0;
    pending_.clear();
  }
  while (valid_ && !piece.empty()) {
    piece.remove_prefix(ascii_prefix(piece));
    if (piece.empty()) return;
    const Utf8Character character = decode_utf8(piece);
    if (character.size != 0) {
      piece.remove_prefix(character.size);
    } else if (piece.size() < expected_size(octet(piece.front()))) {
      pending_ = piece;
      return;
    } else {
      valid_ = false;
    }
  }
}

bool is_utf8(ByteView text) {
  Utf8Check check;
  check.feed(text);
  return check.is_valid();
}

std::size_t incomplete_utf8_tail(ByteView text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const std::uint8_t lead = octet(text[text.size() - back]);
    if ((lead & 0xC0U) != 0x80) return expected_size(lead) > back ? back : 0;
  }
  return 0;
}

}  // namespace mitm
