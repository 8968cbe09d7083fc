#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/base/error.h"
#include "lib/filter/comparison.h"

namespace mitm::filter {

/// Reads the text of a filter from left to right.
class Scanner {
 public:
  /// `text` must outlive the object.
  explicit Scanner(std::string_view text) : text_(text) {}

  void skip_blanks();
  [[nodiscard]] bool at_end() const { return at_ == text_.size(); }
  /// The next character; 0 at the end.
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool at_blank() const;
  bool take(std::string_view symbol);

  /// In lower case, letters, digits and hyphens, beginning with a letter, if what follows cannot be
  /// more of the same word: a blank, a parenthesis, an operator, a comparison or the end. Else
  /// empty. Takes nothing.
  [[nodiscard]] std::string word() const;
  /// Takes word() if it is this one.
  bool take_word(std::string_view word);
  /// Letters.
  std::string_view letters();

  /// With the blanks before it; kNone, taking nothing, where none stands here.
  Comparison comparison();

  /// Text in quotes, or up to a blank or one of ( ) ~ and the quotes, as in mitmproxy. Between
  /// quotes a backslash keeps the quote or backslash after it from being what it is. kUsage where
  /// there is none, or no closing quote.
  Result<std::string> value();
  /// Whether the last one stood in quotes.
  [[nodiscard]] bool was_quoted() const { return was_quoted_; }
  /// Whether one stands here, without a blank before it.
  [[nodiscard]] bool has_value() const;

  /// Of what is read next, for messages: "near '…'", or "at the end".
  [[nodiscard]] std::string place() const;

 private:
  Result<std::string> quoted();

  std::string_view text_;
  std::size_t at_ = 0;
  bool was_quoted_ = false;
};

enum class Quoting : bool { kWhereNeeded, kAlways };
/// `value` as value() reads it.
std::string quote(std::string_view value, Quoting quoting = Quoting::kWhereNeeded);

}  // namespace mitm::filter
