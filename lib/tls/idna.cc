#include "lib/tls/idna.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/base/utf8.h"
#include "lib/tls/names.h"

namespace mitm::tls {
namespace {

using Code32 = std::uint32_t;

// RFC 3492, section 5.
constexpr Code32 kBase = 36;
constexpr Code32 kLeast = 1;
constexpr Code32 kMost = 26;
constexpr Code32 kSkew = 38;
constexpr Code32 kDamp = 700;
constexpr Code32 kFirstBias = 72;
constexpr Code32 kFirstCode = 0x80;

constexpr std::size_t kLongest = 1024;  // of a name in UTF-8; no domain name is half as long

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

char digit(Code32 value) {
  return static_cast<char>(value < 26 ? 'a' + value : '0' + (value - 26));
}

Code32 adapt(Code32 delta, Code32 points, bool first) {
  delta = first ? delta / kDamp : delta / 2;
  delta += delta / points;
  Code32 k = 0;
  for (; delta > (kBase - kLeast) * kMost / 2; k += kBase) delta /= kBase - kLeast;
  return k + (kBase - kLeast + 1) * delta / (delta + kSkew);
}

void put_number(std::string& out, Code32 value, Code32 bias) {
  for (Code32 k = kBase;; k += kBase) {
    const Code32 threshold = k <= bias ? kLeast : std::min(k - bias, kMost);
    if (value < threshold) break;
    out += digit(threshold + (value - threshold) % (kBase - threshold));
    value = (value - threshold) / (kBase - threshold);
  }
  out += digit(value);
}

/// RFC 3492, section 6.3. Labels are so short that nothing overflows.
std::string punycode(const std::vector<Code32>& label) {
  std::string out;
  for (const Code32 code : label)
    if (code < kFirstCode) out += static_cast<char>(code);
  const auto basic = static_cast<Code32>(out.size());
  if (basic > 0) out += '-';
  Code32 handled = basic;
  Code32 delta = 0;
  Code32 bias = kFirstBias;
  for (Code32 next = kFirstCode; handled < label.size(); ++next, ++delta) {
    Code32 least = std::numeric_limits<Code32>::max();
    for (const Code32 code : label)
      if (code >= next) least = std::min(least, code);
    delta += (least - next) * (handled + 1);
    next = least;
    for (const Code32 code : label) {
      if (code < next) ++delta;
      if (code != next) continue;
      put_number(out, delta, bias);
      bias = adapt(delta, handled + 1, handled == basic);
      delta = 0;
      ++handled;
    }
  }
  return out;
}

/// Latin-1, Latin Extended-A, Greek and Cyrillic, which is where keyboards have capitals.
Code32 small(Code32 code) {
  if (code < 0x80) return static_cast<Code32>(to_lower(static_cast<char>(code)));
  if ((code >= 0xc0 && code <= 0xde && code != 0xd7) || (code >= 0x391 && code <= 0x3a9) ||
      (code >= 0x410 && code <= 0x42f)) {
    return code + 0x20;
  }
  if (code >= 0x400 && code <= 0x40f) return code + 0x50;
  const bool even_is_capital = (code >= 0x100 && code <= 0x137 && code != 0x130) ||
                               (code >= 0x14a && code <= 0x177) || (code >= 0x460 && code <= 0x481);
  if (even_is_capital) return code | 1U;
  const bool odd_is_capital = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17e);
  return odd_is_capital && code % 2 == 1 ? code + 1 : code;
}

bool is_unusable(Code32 code) {
  return (code >= 0x80 && code < 0xa1) || (code >= 0x300 && code <= 0x36f) ||
         (code >= 0x2000 && code <= 0x206f) || (code >= 0xd800 && code <= 0xdfff) ||
         (code >= 0xff00 && code <= 0xff60) || code == 0x130 || code == 0xad || code == 0xd7 ||
         code == 0xf7;
}

std::unexpected<Error> refuse(std::string_view name) {
  return fail(Code::kUsage, fmt::format("'{}' is not a host name", printable(name)),
              "write an international name in the form that begins with xn--");
}

}  // namespace

Result<std::string> ascii_name(std::string_view name) {
  if (is_ascii(name)) return std::string(name);
  if (name.size() > kLongest) return refuse(name.substr(0, 60));
  std::string out;
  std::vector<Code32> label;
  const auto end_label = [&] {
    const bool plain = std::ranges::all_of(label, [](Code32 code) { return code < kFirstCode; });
    if (!plain) out += "xn--";
    if (plain) out.append(label.begin(), label.end());
    if (!plain) out += punycode(label);
    label.clear();
  };
  for (std::string_view rest = name; !rest.empty();) {
    const Utf8Character next = decode_utf8(rest);
    if (next.size == 0 || is_unusable(next.code)) return refuse(name);
    rest.remove_prefix(next.size);
    if (next.code != '.' && next.code != 0x3002) {  // the dot of Chinese and Japanese keyboards
      label.push_back(small(next.code));
      continue;
    }
    end_label();
    out += '.';
  }
  end_label();
  return out;
}

}  // namespace mitm::tls
