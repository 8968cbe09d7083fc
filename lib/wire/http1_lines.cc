#include "lib/wire/http1_lines.h"

#include <algorithm>

namespace mitm::wire {
namespace {

constexpr ByteView kLineSpace = " \t\r\n";

/// From the first octet of `value` to the end of `line`, which follows it in the same buffer.
ByteView extend(ByteView value, ByteView line) {
  const char* end = line.data() + line.size();
  ByteView whole(value.data(), static_cast<std::size_t>(end - value.data()));
  whole.remove_prefix(std::min(whole.find_first_not_of(kLineSpace), whole.size()));
  return whole;
}

}  // namespace

std::optional<Line> LineReader::next() {
  if (rest_.empty()) return std::nullopt;
  const std::size_t lf = rest_.find('\n');
  Line line{.text = rest_.substr(0, lf)};
  if (lf != ByteView::npos) {
    const bool crlf = lf > 0 && rest_[lf - 1] == '\r';
    line.bare_lf = !crlf;
    if (crlf) line.text.remove_suffix(1);
  }
  rest_.remove_prefix(std::min(lf, rest_.size() - 1) + 1);
  return line;
}

FieldLine append_field_line(std::vector<Field>& fields, ByteView line) {
  if (!line.empty() && is_space(line.front())) {
    if (fields.empty()) return FieldLine::kFoldedNothing;
    const ByteView more = trim(line);
    if (!more.empty()) fields.back().value = extend(fields.back().value, more);
    return FieldLine::kFolded;
  }
  const std::size_t colon = line.find(':');
  if (colon == ByteView::npos) {
    fields.push_back({.name = line, .value = line.substr(line.size())});
    return FieldLine::kNoColon;
  }
  fields.push_back({.name = line.substr(0, colon), .value = trim(line.substr(colon + 1))});
  return FieldLine::kField;
}

std::optional<std::size_t> SectionScanner::find_end(ByteView window) {
  while (true) {
    const std::size_t lf = window.find('\n', searched_);
    if (lf == ByteView::npos) {
      searched_ = window.size();
      return std::nullopt;
    }
    const std::size_t length = lf - line_start_;
    const bool blank = length == 0 || (length == 1 && window[line_start_] == '\r');
    const bool first = line_start_ == text_start_;
    searched_ = line_start_ = lf + 1;
    if (until_ == Until::kLineEnd) return lf + 1;
    if (!blank) continue;
    if (!first || until_ == Until::kBlankLine) return lf + 1;
    text_start_ = lf + 1;
  }
}

}  // namespace mitm::wire
