#include "lib/render/byte_display.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "lib/base/utf8.h"
#include "lib/render/sanitize.h"

namespace mitm::render {
namespace {

constexpr std::string_view kIndent = "    ";

/// Puts the indentation before each line of what is appended.
class Indenter {
 public:
  void append(std::string& out, std::string_view text) {
    while (!text.empty()) {
      if (at_line_start_) out += kIndent;
      const std::size_t line = std::min(text.find('\n'), text.size() - 1) + 1;
      out += text.substr(0, line);
      at_line_start_ = text[line - 1] == '\n';
      text.remove_prefix(line);
    }
  }
  void end(std::string& out) {
    if (!at_line_start_) out += '\n';
    at_line_start_ = true;
  }

 private:
  bool at_line_start_ = true;
};

class TextDisplay final : public ByteDisplay {
 public:
  void append(std::string& out, ByteView piece) override {
    pending_ += piece;
    std::size_t held = incomplete_utf8_tail(pending_);
    if (held == 0 && pending_.ends_with('\r')) held = 1;
    show(out, ByteView(pending_).substr(0, pending_.size() - held));
    pending_.erase(0, pending_.size() - held);
  }
  void end(std::string& out) override {
    show(out, pending_);
    pending_.clear();
    lines_.end(out);
  }

 private:
  /// A carriage return before a line feed is how most text ends its lines and not worth showing.
  void show(std::string& out, ByteView text) {
    Bytes shown;
    while (!text.empty()) {
      const std::size_t end = text.find("\r\n");
      append_sanitized(shown, text.substr(0, end), Keep::kText);
      text.remove_prefix(end == ByteView::npos ? text.size() : end + 1);
    }
    lines_.append(out, shown);
  }

  Bytes pending_;  // a character or line end that is not all there
  Indenter lines_;
};

char ascii(char c) { return c >= ' ' && c < 0x7F ? c : '.'; }

class AsciiDisplay final : public ByteDisplay {
 public:
  void append(std::string& out, ByteView piece) override {
    Bytes shown(piece);
    std::ranges::replace_if(
        shown, [](char c) { return ascii(c) != c && c != '\n' && c != '\t'; }, '.');
    lines_.append(out, shown);
  }
  void end(std::string& out) override { lines_.end(out); }

 private:
  Indenter lines_;
};

/// "	0x0000:  4745 5420 2f20 4854 5450 2f31 2e31 0d0a  GET./.HTTP/1.1.." as tcpdump has it.
class HexDisplay final : public ByteDisplay {
 public:
  explicit HexDisplay(bool with_ascii) : with_ascii_(with_ascii) {}

  void append(std::string& out, ByteView piece) override {
    while (!piece.empty()) {
      const ByteView part = piece.substr(0, kRow - row_.size());
      row_ += part;
      piece.remove_prefix(part.size());
      if (row_.size() == kRow) end(out);
    }
  }
  void end(std::string& out) override {
    if (row_.empty()) return;
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "\t0x{:04x}: ", offset_);
    for (std::size_t i = 0; i < row_.size(); ++i) {
      fmt::format_to(to, "{}{:02x}", i % 2 == 0 ? " " : "", static_cast<unsigned char>(row_[i]));
    }
    if (with_ascii_) {
      constexpr std::size_t kHexWidth = kRow / 2 * 5;
      out.append(kHexWidth - (row_.size() * 2 + (row_.size() + 1) / 2) + 2, ' ');
      std::ranges::transform(row_, std::back_inserter(out),
                             [](char c) { return c == ' ' ? '.' : ascii(c); });
    }
    out += '\n';
    offset_ += row_.size();
    row_.clear();
  }

 private:
  static constexpr std::size_t kRow = 16;
  bool with_ascii_;
  std::uint64_t offset_ = 0;
  Bytes row_;
};

/// Control characters that no text has; an escape colours some.
bool is_odd_control(char32_t code) {
  return (code < 0x20 && (code < '\t' || code > '\r') && code != 0x1b) || code == 0x7F;
}

bool is_text_type(ByteView content_type) {
  constexpr std::array<ByteView, 5> kTextual = {"text/", "json", "xml", "javascript", "urlencoded"};
  return std::ranges::any_of(
      kTextual, [&](ByteView part) { return content_type.find(part) != ByteView::npos; });
}

}  // namespace

std::unique_ptr<ByteDisplay> make_display(BytesAs how) {
  switch (how) {
    case BytesAs::kText:
      return std::make_unique<TextDisplay>();
    case BytesAs::kAscii:
      return std::make_unique<AsciiDisplay>();
    case BytesAs::kHex:
      return std::make_unique<HexDisplay>(false);
    case BytesAs::kHexAscii:
      return std::make_unique<HexDisplay>(true);
  }
  return nullptr;
}

bool looks_like_text(ByteView sample, ByteView content_type) {
  constexpr std::size_t kTextPerStray = 16;
  const bool any_charset = is_text_type(content_type);
  sample.remove_suffix(incomplete_utf8_tail(sample));
  std::size_t stray = 0;
  for (ByteView rest = sample; !rest.empty();) {
    const Utf8Character character = decode_utf8(rest);
    const bool good = character.size > 0 ? !is_odd_control(character.code) : any_charset;
    if (!good) ++stray;
    rest.remove_prefix(std::max<std::size_t>(character.size, 1));
  }
  return stray * kTextPerStray <= sample.size();
}

}  // namespace mitm::render
