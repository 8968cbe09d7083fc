#include "lib/filter/filter.h"

#include <fmt/format.h>

#include "lib/filter/node.h"
#include "lib/filter/parser.h"

namespace mitm::filter {
namespace {

void collect_beyond_summaries(const Node& node, std::vector<std::string>& texts) {
  if (node.kind == Node::Kind::kPredicate &&
      (node.predicate.needs > Known::kSummary || node.predicate.is_partly_known))
    texts.push_back(node.predicate.text);
  for (const Node& child : node.children) collect_beyond_summaries(child, texts);
}

}  // namespace

Result<Filter> Filter::parse(std::string_view text) {
  if (text.contains('\0')) return fail(Code::kUsage, "filter: it holds a zero octet");
  auto expression = parse_expression(text);
  if (!expression) {
    Error error = std::move(expression).error();
    error.message = fmt::format("filter: {}", error.message);
    return std::unexpected(std::move(error));
  }
  Filter filter;
  filter.root_ = std::make_shared<const Node>(std::move(expression->root));
  filter.lone_values_ = std::move(expression->lone_values);
  return filter;
}

Truth Filter::decide(const flow::Flow& flow, Known known) const {
  return filter::decide(*root_, flow, known);
}

std::string Filter::explain() const { return filter::explain(*root_); }

std::vector<std::string> Filter::beyond_summaries() const {
  std::vector<std::string> texts;
  collect_beyond_summaries(*root_, texts);
  return texts;
}

}  // namespace mitm::filter
