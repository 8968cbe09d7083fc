#include "lib/filter/parser.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

TEST_CASE("operands of one rank stand in one node") {
  const auto node = parse_expression("http | tcp or dns").value();
  CHECK(node.kind == Node::Kind::kOr);
  CHECK(node.children.size() == 3);
  CHECK(parse_expression("(((http)))").value().kind == Node::Kind::kPredicate);
}

TEST_CASE("any text is understood or refused") {
  const std::string_view pieces[] = {"(",   ")",    "!",      "~",  "~d", "'", "\"", "\\", "or",
                                     "and", "host", "status", ">=", "a",  "&", "|",  " "};
  for (const auto a : pieces)
    for (const auto b : pieces)
      for (const auto c : pieces)
        for (const auto d : pieces) {
          const std::string text =
              std::string(a) + std::string(b) + std::string(c) + std::string(d);
          const auto node = parse_expression(text);
          if (!node) CHECK_FALSE(node.error().message.empty());
        }
}
