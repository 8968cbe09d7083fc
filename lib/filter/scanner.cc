#include "lib/filter/scanner.h"

#include <fmt/format.h>

#include <array>

#include "lib/base/ascii.h"
#include "lib/base/display.h"

namespace mitm::filter {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kQuotes = "'\"";
constexpr std::size_t kShown = 20;

bool is_letter(char c) {
  const char lower = to_lower(c);
  return lower >= 'a' && lower <= 'z';
}

struct Spelling {
  std::string_view text;
  Comparison comparison;
};

/// What begins with another comes before it.
constexpr std::array kSymbols = {
    Spelling{"==", Comparison::kEqual},      Spelling{"=~", Comparison::kMatches},
    Spelling{"=", Comparison::kEqual},       Spelling{"!=", Comparison::kNotEqual},
    Spelling{"!~", Comparison::kNotMatches}, Spelling{"<=", Comparison::kAtMost},
    Spelling{"<", Comparison::kLess},        Spelling{">=", Comparison::kAtLeast},
    Spelling{">", Comparison::kGreater}};
constexpr std::array kWords = {Spelling{"matches", Comparison::kMatches},
                               Spelling{"contains", Comparison::kContains}};

}  // namespace

void Scanner::skip_blanks() { at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size()); }

bool Scanner::at_blank() const { return at_end() || kBlanks.contains(peek()); }

bool Scanner::take(std::string_view symbol) {
  if (!text_.substr(at_).starts_with(symbol)) return false;
  at_ += symbol.size();
  return true;
}

std::string Scanner::word() const {
  if (!is_letter(peek())) return {};
  std::size_t end = at_;
  while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '-'))
    ++end;
  const bool is_over = end == text_.size() || kBlanks.contains(text_[end]) ||
                       std::string_view("()=!<>&|").contains(text_[end]);
  return is_over ? lower_case(text_.substr(at_, end - at_)) : std::string();
}

bool Scanner::take_word(std::string_view wanted) {
  if (word() != wanted) return false;
  at_ += wanted.size();
  return true;
}

std::string_view Scanner::letters() {
  const std::size_t begin = at_;
  while (is_letter(peek())) ++at_;
  return text_.substr(begin, at_ - begin);
}

Comparison Scanner::comparison() {
  const std::size_t begin = at_;
  skip_blanks();
  for (const Spelling& symbol : kSymbols)
    if (take(symbol.text)) return symbol.comparison;
  for (const Spelling& spelled : kWords)
    if (take_word(spelled.text)) return spelled.comparison;
  at_ = begin;
  return Comparison::kNone;
}

bool Scanner::has_value() const {
  return !at_blank() && peek() != '(' && peek() != ')' && peek() != '~';
}

Result<std::string> Scanner::value() {
  skip_blanks();
  was_quoted_ = !at_end() && kQuotes.contains(peek());
  if (was_quoted_) return quoted();
  const std::size_t end = std::min(text_.find_first_of(" \t\r\n()~'\"", at_), text_.size());
  if (end == at_) return fail(Code::kUsage, fmt::format("a value is missing {}", place()));
  if (end < text_.size() && text_[end] == '(') {
    return fail(Code::kUsage, fmt::format("a parenthesis stands within a value {}", place()),
                "put quotes around a regular expression that has some");
  }
  std::string value(text_.substr(at_, end - at_));
  at_ = end;
  return value;
}

Result<std::string> Scanner::quoted() {
  const char quote = peek();
  std::string value;
  for (std::size_t at = at_ + 1; at < text_.size(); ++at) {
    char c = text_[at];
    if (c == quote) {
      at_ = at + 1;
      return value;
    }
    const char next = at + 1 < text_.size() ? text_[at + 1] : '\0';
    if (c == '\\' && (next == quote || next == '\\')) {
      c = next;
      ++at;
    }
    value += c;
  }
  return fail(Code::kUsage, fmt::format("the closing {} is missing {}", quote, place()));
}

std::string Scanner::place() const {
  if (at_end()) return "at the end";
  return fmt::format("near '{}'", printable(text_.substr(at_), kShown));
}

std::string quote(std::string_view value, Quoting quoting) {
  if (quoting == Quoting::kWhereNeeded && !value.empty() &&
      value.find_first_of(" \t\r\n()~'\"\\") == value.npos)
    return std::string(value);
  std::string quoted = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace mitm::filter
