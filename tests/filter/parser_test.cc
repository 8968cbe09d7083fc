#include "lib/filter/parser.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

TEST_CASE("operands of one rank stand in one node") {
  const auto node = parse_expression("http | tcp or dns").value().root;
  CHECK(node.kind == Node::Kind::kOr);
  CHECK(node.children.size() == 3);
  CHECK(parse_expression("(((http)))").value().root.kind == Node::Kind::kPredicate);
}

TEST_CASE("any text is refused, or explained so that it reads as the same") {
  const std::string_view pieces[] = {"(",   ")",    "!",      "~",  "~d", "'", "\"", "\\", "or",
                                     "and", "host", "status", ">=", "a",  "&", "|",  " "};
  for (const auto a : pieces)
    for (const auto b : pieces)
      for (const auto c : pieces)
        for (const auto d : pieces) {
          const std::string text =
              std::string(a) + std::string(b) + std::string(c) + std::string(d);
          const auto node = parse_expression(text);
          if (!node) {
            if (node.error().message.empty()) FAIL("refused without a word: " << text);
            continue;
          }
          const std::string once = explain(node->root);
          const auto again = parse_expression(once);
          if (!again || explain(again->root) != once) FAIL(text << " -> " << once);
        }
}

TEST_CASE("what stands alone and unquoted is known") {
  const auto values = [](std::string_view text) { return parse_expression(text)->lone_values; };
  CHECK(values("a 'b' ~u c host d e") == std::vector<std::string>{"a", "e"});
  CHECK(values("port 80 or 443").empty());
}
