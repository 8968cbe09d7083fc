#include "lib/filter/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "lib/base/display.h"
#include "lib/base/utf8.h"

namespace mitm::filter {
namespace {

constexpr std::int64_t kMemory = 8 << 20;

re2::RE2::Options options(re2::RE2::Options::Encoding encoding) {
  re2::RE2::Options options;
  options.set_encoding(encoding);
  options.set_case_sensitive(false);
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  return options;
}

std::string hint_for(re2::RE2::ErrorCode code) {
  switch (code) {
    case re2::RE2::ErrorBadPerlOp:
      return "what looks ahead or behind, and back-references, are not available";
    case re2::RE2::ErrorRepeatSize:
      return "at most 1000 repetitions can be asked for";
    case re2::RE2::ErrorPatternTooLarge:
      return "it needs too much memory";
    default:
      return "the syntax is that of RE2; put quotes around it where it holds blanks or parentheses";
  }
}

}  // namespace

Result<Regex> Regex::compile(std::string_view expression, Lines lines) {
  std::string text(lines == Lines::kMany ? "(?m)" : "");
  text += expression;
  const auto compiled = [&](re2::RE2::Options::Encoding encoding) {
    return std::make_shared<const re2::RE2>(text, options(encoding));
  };
  Regex regex;
  regex.octets_ = compiled(re2::RE2::Options::EncodingLatin1);
  if (is_utf8(expression)) regex.utf8_ = compiled(re2::RE2::Options::EncodingUTF8);
  const re2::RE2& judged = regex.utf8_ ? *regex.utf8_ : *regex.octets_;
  if (!judged.ok()) {
    return fail(Code::kUsage,
                fmt::format("'{}' is no regular expression: {}", printable(expression),
                            printable(judged.error())),
                hint_for(judged.error_code()));
  }
  return regex;
}

bool Regex::is_in(std::string_view text) const {
  return re2::RE2::PartialMatch(text, utf8_ && is_utf8(text) ? *utf8_ : *octets_);
}

}  // namespace mitm::filter
