#include "lib/filter/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/display.h"
#include "lib/filter/scanner.h"
#include "lib/filter/tilde.h"
#include "lib/filter/words.h"

namespace mitm::filter {
namespace {

/// Expressions come from command lines, and recursion uses the stack.
constexpr int kDeepest = 200;

/// By recursive descent, a function for each rank of operators.
class Parser {
 public:
  explicit Parser(std::string_view text) : scanner_(text) {}

  Result<Expression> parse() {
    auto node = sequence();
    if (!node) return std::unexpected(std::move(node).error());
    if (!scanner_.at_end())
      return fail(Code::kUsage, fmt::format("unexpected text {}", scanner_.place()));
    return Expression{.root = *std::move(node), .lone_values = std::move(lone_values_)};
  }

 private:
  using Rank = Result<Node> (Parser::*)();

  Result<Node> sequence();
  Result<Node> alternatives();
  Result<Node> conjunction();
  Result<Node> negation();
  Result<Node> primary();
  Result<Node> grouped();
  Result<Node> named();
  Result<Node> repeated();
  Result<Node> lone_value();
  bool take_and();
  bool take_or();
  [[nodiscard]] bool at_operand();

  Scanner scanner_;
  int depth_ = 0;
  std::vector<std::string> lone_values_;
  std::string repeatable_;  // the word before, all but its value, while "or" may repeat it
};

Node joined(Node::Kind kind, std::vector<Node> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {.kind = kind, .predicate = {}, .children = std::move(parts)};
}

Node leaf(Predicate predicate) {
  return {.kind = Node::Kind::kPredicate, .predicate = std::move(predicate), .children = {}};
}

bool Parser::take_and() {
  scanner_.skip_blanks();
  if (scanner_.take_word("and")) {
    if (!is_about_place(repeatable_)) repeatable_.clear();
    return true;
  }
  const bool taken = scanner_.take("&&") || scanner_.take("&");
  if (taken) repeatable_.clear();
  return taken;
}

bool Parser::take_or() {
  scanner_.skip_blanks();
  if (scanner_.take_word("or")) return true;
  const bool taken = scanner_.take("||") || scanner_.take("|");
  if (taken) repeatable_.clear();
  return taken;
}

bool Parser::at_operand() {
  scanner_.skip_blanks();
  return !scanner_.at_end() && scanner_.peek() != ')';
}

Result<Node> Parser::sequence() {
  std::vector<Node> parts;
  while (true) {
    auto part = alternatives();
    if (!part) return part;
    parts.push_back(*std::move(part));
    if (!at_operand()) break;
    repeatable_.clear();
  }
  return joined(Node::Kind::kAnd, std::move(parts));
}

Result<Node> Parser::alternatives() {
  std::vector<Node> parts;
  do {
    auto part = conjunction();
    if (!part) return part;
    parts.push_back(*std::move(part));
  } while (take_or());
  return joined(Node::Kind::kOr, std::move(parts));
}

Result<Node> Parser::conjunction() {
  std::vector<Node> parts;
  do {
    auto part = negation();
    if (!part) return part;
    parts.push_back(*std::move(part));
  } while (take_and());
  return joined(Node::Kind::kAnd, std::move(parts));
}

Result<Node> Parser::negation() {
  scanner_.skip_blanks();
  if (!scanner_.take("!") && !scanner_.take_word("not")) return primary();
  if (!is_about_place(repeatable_)) repeatable_.clear();
  if (++depth_ > kDeepest) return fail(Code::kUsage, "it is nested too deeply");
  auto node = negation();
  --depth_;
  if (!node) return node;
  std::vector<Node> children;
  children.push_back(*std::move(node));
  return Node{.kind = Node::Kind::kNot, .predicate = {}, .children = std::move(children)};
}

Result<Node> Parser::primary() {
  scanner_.skip_blanks();
  if (scanner_.take("(")) return grouped();
  if (scanner_.peek() == '~') {
    repeatable_.clear();
    auto predicate = read_tilde(scanner_);
    return predicate ? Result<Node>(leaf(*std::move(predicate)))
                     : std::unexpected(std::move(predicate).error());
  }
  const std::string word = scanner_.word();
  if (word == "and" || word == "or" || scanner_.at_end() || scanner_.peek() == ')' ||
      scanner_.peek() == '&' || scanner_.peek() == '|')
    return fail(Code::kUsage, fmt::format("something to look for is missing {}", scanner_.place()));
  if (!repeatable_.empty() && repeats_before(repeatable_, word)) return repeated();
  return is_word(word) ? named() : lone_value();
}

Result<Node> Parser::grouped() {
  if (++depth_ > kDeepest) return fail(Code::kUsage, "it is nested too deeply");
  auto node = sequence();
  --depth_;
  if (!node) return node;
  repeatable_.clear();
  scanner_.skip_blanks();
  if (!scanner_.take(")"))
    return fail(Code::kUsage, fmt::format("a closing parenthesis is missing {}", scanner_.place()));
  if (!scanner_.at_blank() && !std::string_view(")&|").contains(scanner_.peek())) {
    return fail(Code::kUsage,
                fmt::format("behind a parenthesis a blank is missing {}", scanner_.place()),
                "put quotes around a regular expression that has parentheses");
  }
  return node;
}

Result<Node> Parser::named() {
  // As a qualifier of tcpdump: every flow is TCP.
  Scanner ahead = scanner_;
  if (ahead.take_word("tcp")) {
    ahead.skip_blanks();
    if (is_about_place(ahead.word())) scanner_ = ahead;
  }
  auto read = read_word(scanner_);
  if (!read) return std::unexpected(std::move(read).error());
  repeatable_ = std::move(read->prefix);
  return leaf(std::move(read->predicate));
}

Result<Node> Parser::repeated() {
  auto read = read_repeated(repeatable_, scanner_);
  if (!read) return std::unexpected(std::move(read).error());
  return leaf(std::move(read->predicate));
}

/// What is mistyped, or means something in tcpdump, must not pass for a part of a URL.
Status check_lone(std::string_view value, Scanner next) {
  constexpr std::array<std::string_view, 16> kForeign = {
      "udp",  "ip",      "ip6",  "icmp",    "icmp6", "arp",     "ether",    "proto",
      "mask", "gateway", "less", "greater", "vlan",  "inbound", "outbound", "len"};
  const bool is_number = std::ranges::all_of(value, is_digit);
  const bool is_compared =
      next.comparison() != Comparison::kNone || std::string_view("=<>").contains(value.front());
  const bool is_foreign = std::ranges::find(kForeign, value) != kForeign.end();
  if (!is_number && !is_compared && !is_foreign && !value.starts_with('#')) return {};
  return fail(Code::kUsage, fmt::format("'{}' is no word of filters", printable(value)),
              fmt::format("the words are in mitm-dump(1); ~u {} looks for it in URLs", value));
}

Result<Node> Parser::lone_value() {
  const auto value = scanner_.value();
  if (!value) return std::unexpected(value.error());
  if (!scanner_.was_quoted()) {
    MITM_TRY(check_lone(*value, scanner_));
    lone_values_.push_back(*value);
  }
  auto predicate = url_matches(*value);
  return predicate ? Result<Node>(leaf(*std::move(predicate)))
                   : std::unexpected(std::move(predicate).error());
}

}  // namespace

Result<Expression> parse_expression(std::string_view text) { return Parser(text).parse(); }

}  // namespace mitm::filter
