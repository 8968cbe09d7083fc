#include "lib/filter/node.h"

#include <fmt/format.h>

namespace mitm::filter {
namespace {

constexpr Truth opposite(Truth truth) {
  switch (truth) {
    case Truth::kNo:
      return Truth::kYes;
    case Truth::kYes:
      return Truth::kNo;
    case Truth::kUnknown:
      break;
  }
  return Truth::kUnknown;
}

/// `settling` is the answer of one child that makes it that of all.
Truth decide_together(const Node& node, const flow::Flow& flow, Known known, Truth settling) {
  bool is_unknown = false;
  for (const Node& child : node.children) {
    const Truth truth = decide(child, flow, known);
    if (truth == settling) return settling;
    is_unknown |= truth == Truth::kUnknown;
  }
  return is_unknown ? Truth::kUnknown : opposite(settling);
}

std::string explain_within(const Node& node) {
  const bool is_compound = node.kind == Node::Kind::kAnd || node.kind == Node::Kind::kOr;
  return is_compound ? fmt::format("({})", explain(node)) : explain(node);
}

}  // namespace

Truth decide(const Node& node, const flow::Flow& flow, Known known) {
  switch (node.kind) {
    case Node::Kind::kPredicate:
      return node.predicate.of(flow, known);
    case Node::Kind::kNot:
      return opposite(decide(node.children.front(), flow, known));
    case Node::Kind::kAnd:
      return decide_together(node, flow, known, Truth::kNo);
    case Node::Kind::kOr:
      return decide_together(node, flow, known, Truth::kYes);
  }
  return Truth::kUnknown;
}

std::string explain(const Node& node) {
  if (node.kind == Node::Kind::kPredicate) return node.predicate.text;
  if (node.kind == Node::Kind::kNot) return "not " + explain_within(node.children.front());
  std::string text;
  for (const Node& child : node.children) {
    if (!text.empty()) text += node.kind == Node::Kind::kAnd ? " and " : " or ";
    text += explain_within(child);
  }
  return text;
}

}  // namespace mitm::filter
