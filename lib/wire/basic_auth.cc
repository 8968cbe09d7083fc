#include "lib/wire/basic_auth.h"

#include <algorithm>
#include <cstdint>

#include "lib/wire/char_class.h"

namespace mitm::wire {
namespace {

constexpr std::string_view kField = "proxy-authorization";

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What malformed heads have around names.
bool is_blank(char c) { return is_space(c) || c == '\r' || c == '\0'; }

int sextet_of(char c) {
  const auto at = kAlphabet.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// RFC 4648, section 4. Padding may be missing.
std::optional<Bytes> decode_base64(ByteView text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  Bytes out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const int sextet = sextet_of(c);
    if (sextet < 0) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(sextet)) & 0xffffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return count == 6 ? std::nullopt : std::optional(std::move(out));
}

Bytes encode_base64(ByteView octets) {
  Bytes out;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : octets) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffffff;
    for (count += 8; count >= 6; count -= 6) out += kAlphabet[bits >> (count - 6) & 0x3f];
  }
  if (count > 0) out += kAlphabet[bits << (6 - count) & 0x3f];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

}  // namespace

Bytes format_basic(const BasicLogin& login) {
  return "Basic " + encode_base64(login.user + ":" + login.password);
}

std::optional<BasicLogin> parse_basic(ByteView field_value) {
  const std::size_t space = field_value.find(' ');
  if (space == ByteView::npos || !same_word(field_value.substr(0, space), "Basic"))
    return std::nullopt;
  const std::size_t begin = field_value.find_first_not_of(' ', space);
  if (begin == ByteView::npos) return std::nullopt;
  const auto both = decode_base64(field_value.substr(begin));
  if (!both) return std::nullopt;
  const std::size_t colon = both->find(':');
  if (colon == Bytes::npos) return std::nullopt;
  return BasicLogin{both->substr(0, colon), both->substr(colon + 1)};
}

std::string detail_without_login(std::string_view name, const std::string& detail) {
  // Lines that say by themselves neither of which field nor of which scheme they are.
  if (name == "obs-fold" || name == "field-without-colon") return {};
  const auto is_same = [](char a, char b) { return to_lower(a) == b; };
  for (const std::string_view telltale : {"authorization", "basic"}) {
    if (std::ranges::search(detail, telltale, is_same)) return {};
  }
  return detail;
}

void LoginMask::apply(Bytes& piece) {
  for (char& c : piece) step(c);
}

/// Not even white space, which no parser should take there (RFC 9112, section 5.1), or a colon that
/// is missing shows the value.
void LoginMask::step_after_name(char& c) {
  const bool blank_seen = matched_ > kField.size();
  if (c == ':') {
    state_ = State::kValue;
  } else if (is_blank(c)) {
    matched_ = kField.size() + 1;
  } else if (blank_seen) {
    state_ = State::kValue;
    if (!is_space(c)) c = '*';
  } else {
    state_ = State::kOther;
  }
}

void LoginMask::step(char& c) {
  const bool line_end = c == '\n';
  if (state_ == State::kValueEnd) {
    // A folded value goes on in a line that begins with white space (RFC 9112, section 5.2).
    state_ = is_space(c) ? State::kValue : State::kName;
    matched_ = 0;
  }
  switch (state_) {
    case State::kName:
      if (line_end) {
        matched_ = 0;
      } else if (matched_ >= kField.size()) {
        step_after_name(c);
      } else if (matched_ == 0 && is_blank(c)) {
        return;
      } else if (to_lower(c) != kField[matched_]) {
        state_ = State::kOther;
      } else {
        ++matched_;
      }
      return;
    case State::kOther:
      // Some take a bare CR for the end of a line.
      if (line_end || c == '\r') state_ = State::kName, matched_ = 0;
      return;
    case State::kValue:
    case State::kValueEnd:
      if (line_end) {
        state_ = State::kValueEnd;
      } else if (c != '\r' && !is_space(c)) {
        c = '*';
      }
      return;
  }
}

}  // namespace mitm::wire
