#include "lib/wire/http1_lines.h"

#include <catch2/catch.hpp>

using mitm::wire::Field;
using mitm::wire::FieldLine;
using mitm::wire::LineReader;
using mitm::wire::SectionScanner;
using Until = SectionScanner::Until;

TEST_CASE("lines end in CRLF, in LF or where the text does") {
  LineReader lines("a\r\nb\n\r\n\nc\rd");
  const auto expect = [&lines](std::string_view text, bool bare_lf) {
    const auto line = lines.next();
    REQUIRE(line);
    CHECK(line->text == text);
    CHECK(line->bare_lf == bare_lf);
  };
  expect("a", false);
  expect("b", true);
  expect("", false);
  expect("", true);
  CHECK(lines.rest() == "c\rd");
  expect("c\rd", false);
  CHECK_FALSE(lines.next());
}

TEST_CASE("field lines are split at the first colon and folded lines joined in place") {
  constexpr std::string_view kText =
      " lost\r\nA: b:c \r\n\td\r\n \r\nE:\r\n f\r\nno colon\r\n: v\r\n";
  LineReader lines(kText);
  std::vector<Field> fields;
  std::vector<FieldLine> kinds;
  for (auto line = lines.next(); line; line = lines.next()) {
    kinds.push_back(append_field_line(fields, line->text));
  }
  CHECK(kinds == std::vector{FieldLine::kFoldedNothing, FieldLine::kField, FieldLine::kFolded,
                             FieldLine::kFolded, FieldLine::kField, FieldLine::kFolded,
                             FieldLine::kNoColon, FieldLine::kField});
  CHECK(fields ==
        std::vector<Field>{{"A", "b:c \r\n\td"}, {"E", "f"}, {"no colon", ""}, {"", "v"}});
}

TEST_CASE("a section's end is found at whatever size the window has when it comes") {
  const auto find = [](Until until, std::string_view text) {
    SectionScanner scanner;
    scanner.start(until);
    for (std::size_t size = 0; size <= text.size(); ++size) {
      const auto end = scanner.find_end(text.substr(0, size));
      if (end) {
        CHECK(*end == size);
        return std::pair(static_cast<int>(size), static_cast<int>(scanner.text_start()));
      }
    }
    return std::pair(-1, static_cast<int>(scanner.text_start()));
  };
  CHECK(find(Until::kLineEnd, "12;x\r\nmore") == std::pair(6, 0));
  CHECK(find(Until::kBlankLine, "\r\nmore") == std::pair(2, 0));
  CHECK(find(Until::kBlankLine, "a\r\n\r\nmore") == std::pair(5, 0));
  CHECK(find(Until::kBlankLineAfterText, "\r\n\na\r\nb\n\n") == std::pair(9, 3));
  CHECK(find(Until::kBlankLineAfterText, "\r\n\r\n") == std::pair(-1, 4));
  CHECK(find(Until::kBlankLineAfterText, "a\r\n\rb\r\n") == std::pair(-1, 0));
}
