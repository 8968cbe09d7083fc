#include "lib/filter/node.h"

#include <catch2/catch.hpp>

using namespace mitm;
using namespace mitm::filter;

namespace {

Node leaf(Truth truth) {
  return {.kind = Node::Kind::kPredicate,
          .predicate = {.text = "p", .decide = [truth](const flow::Flow&, Known) { return truth; }},
          .children = {}};
}

Truth joined(Node::Kind kind, Truth a, Truth b) {
  const Node node{.kind = kind, .predicate = {}, .children = {leaf(a), leaf(b)}};
  return decide(node, flow::Flow(), Known::kHeads);
}

}  // namespace

TEST_CASE("unknown stays unknown unless the other side settles it") {
  using enum Truth;
  CHECK(joined(Node::Kind::kAnd, kUnknown, kNo) == kNo);
  CHECK(joined(Node::Kind::kAnd, kUnknown, kYes) == kUnknown);
  CHECK(joined(Node::Kind::kAnd, kYes, kYes) == kYes);
  CHECK(joined(Node::Kind::kOr, kUnknown, kYes) == kYes);
  CHECK(joined(Node::Kind::kOr, kUnknown, kNo) == kUnknown);
  CHECK(joined(Node::Kind::kOr, kNo, kNo) == kNo);
  const Node negated{.kind = Node::Kind::kNot, .predicate = {}, .children = {leaf(kUnknown)}};
  CHECK(decide(negated, flow::Flow(), Known::kHeads) == kUnknown);
}

TEST_CASE("what needs heads is unknown from a summary") {
  Node node = leaf(Truth::kYes);
  node.predicate.needs = Known::kHeads;
  CHECK(decide(node, flow::Flow(), Known::kSummary) == Truth::kUnknown);
  CHECK(decide(node, flow::Flow(), Known::kHeads) == Truth::kYes);
}
