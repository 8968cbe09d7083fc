#include "lib/filter/tilde.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/display.h"
#include "lib/filter/number_condition.h"
#include "lib/filter/regex.h"
#include "lib/filter/subject.h"

namespace mitm::filter {
namespace {

using flow::Flow;

struct Plain {
  std::string_view code;
  Known needs;
  bool (*holds)(const Flow&);
};

bool has_exchange(const Flow& flow) { return is_http(flow) || flow.kind == flow::Kind::kDns; }
bool has_answer(const Flow& flow) {
  return flow.kind == flow::Kind::kDns ? flow.received.messages > 0 : flow.response.has_value();
}

bool is_asset(const Flow& flow) {
  static const auto kTypes = Regex::compile(
      "text/javascript|application/x-javascript|application/javascript|text/css|image/|font/|"
      "application/font");
  if (!flow.response) return false;
  flow::Flow final_only;
  final_only.response = flow.response;
  bool any = false;
  visit_header(final_only, Of::kResponse, "content-type",
               [&](auto type) { any = any || kTypes->is_in(type); });
  return any;
}

constexpr std::array kPlain = {
    Plain{"all", Known::kSummary, [](const Flow&) { return true; }},
    Plain{"http", Known::kSummary, is_http},
    Plain{"websocket", Known::kSummary,
          [](const Flow& flow) { return flow.kind == flow::Kind::kWebSocket; }},
    Plain{"tcp", Known::kSummary, [](const Flow& flow) { return flow.kind == flow::Kind::kTcp; }},
    Plain{"udp", Known::kSummary, [](const Flow&) { return false; }},
    Plain{"dns", Known::kSummary, [](const Flow& flow) { return flow.kind == flow::Kind::kDns; }},
    Plain{"q", Known::kSummary,
          [](const Flow& flow) { return has_exchange(flow) && !has_answer(flow); }},
    Plain{"s", Known::kSummary,
          [](const Flow& flow) { return has_exchange(flow) && has_answer(flow); }},
    Plain{"e", Known::kSummary, [](const Flow& flow) { return flow.error.has_value(); }},
    Plain{"a", Known::kHeads, is_asset},
};

struct Searching {
  std::string_view code;
  Known needs;
  void (*visit)(const Flow&, const Visit&);
  Regex::Lines lines = Regex::Lines::kOne;
};

template <Of kOf>
void visit_types(const Flow& flow, const Visit& visit) {
  visit_header(flow, kOf, "content-type", visit);
}

template <Of kOf>
void visit_blocks(const Flow& flow, const Visit& visit) {
  visit_header_blocks(flow, kOf, visit);
}

void visit_url(const Flow& flow, const Visit& visit) {
  if (!is_http(flow)) return;
  if (const auto url = url_of(flow)) visit(*url);
}

constexpr std::array kSearching = {
    Searching{"h", Known::kHeads, visit_blocks<Of::kEither>, Regex::Lines::kMany},
    Searching{"hq", Known::kHeads, visit_blocks<Of::kRequest>, Regex::Lines::kMany},
    Searching{"hs", Known::kHeads, visit_blocks<Of::kResponse>, Regex::Lines::kMany},
    Searching{"t", Known::kHeads, visit_types<Of::kEither>},
    Searching{"tq", Known::kHeads, visit_types<Of::kRequest>},
    Searching{"ts", Known::kHeads, visit_types<Of::kResponse>},
    Searching{"m", Known::kSummary,
              [](const Flow& flow, const Visit& visit) {
                if (flow.request) visit(flow.request->method);
              }},
    Searching{"d", Known::kSummary,
              [](const Flow& flow, const Visit& visit) {
                if (is_http(flow)) visit_http_hosts(flow, visit);
              }},
    Searching{"u", Known::kSummary, visit_url},
    Searching{"src", Known::kSummary,
              [](const Flow& flow, const Visit& visit) {
                if (flow.client) visit(client_endpoint(flow));
              }},
    Searching{"dst", Known::kSummary,
              [](const Flow& flow, const Visit& visit) {
                if (flow.server) visit(server_endpoint(flow));
              }},
};

/// Of mitmproxy, about what recordings do not have.
constexpr std::array<std::string_view, 7> kForeign = {"marked", "marker",  "comment", "meta",
                                                      "replay", "replayq", "replays"};
constexpr std::array<std::string_view, 3> kBodies = {"b", "bq", "bs"};

template <class Table>
auto find(const Table& table, std::string_view code) -> decltype(table.data()) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.code == code; });
  return found == table.end() ? nullptr : &*found;
}

Result<Predicate> make_search(const Searching& row, std::string_view expression) {
  auto regex = Regex::compile(expression, row.lines);
  if (!regex) return std::unexpected(std::move(regex).error());
  return predicate(fmt::format("~{} {}", row.code, quote(expression)), row.needs,
                   [visit = row.visit, regex = *std::move(regex)](const Flow& flow) {
                     bool any = false;
                     visit(flow, [&](auto text) { any = any || regex.is_in(text); });
                     return any;
                   });
}

Result<Predicate> make_status(std::string_view value) {
  const auto test = NumberCondition::make(Unit::kStatus, Comparison::kNone, value);
  if (!test) return std::unexpected(test.error());
  return predicate(fmt::format("~c {}", value), Known::kSummary, [test = *test](const Flow& flow) {
    return flow.response && test.holds(flow.response->status);
  });
}

Result<std::string> read_argument(std::string_view code, Scanner& scanner) {
  if (!scanner.at_blank()) {
    return fail(Code::kUsage,
                fmt::format("after ~{} a blank is missing {}", code, scanner.place()));
  }
  auto value = scanner.value();
  if (!value) return fail(Code::kUsage, fmt::format("~{}: {}", code, value.error().message));
  // "~d foo&~m GET" would ask for a host with an ampersand in it.
  if (!scanner.was_quoted() && scanner.peek() == '~' &&
      (value->ends_with('&') || value->ends_with('|'))) {
    return fail(Code::kUsage,
                fmt::format("before '{}' a blank is missing {}", value->back(), scanner.place()),
                "without one it belongs to the regular expression");
  }
  return value;
}

std::unexpected<Error> refuse(std::string_view code, const Scanner& scanner) {
  const std::string name(code);
  if (std::ranges::find(kForeign, code) != kForeign.end())
    return fail(Code::kUsage,
                fmt::format("~{}: recordings have no marks, comments or replays", name));
  if (std::ranges::find(kBodies, code) != kBodies.end())
    return fail(Code::kUsage, fmt::format("~{}: bodies cannot be searched in this version", name),
                "what heads say can: ~h, ~t, size");
  return fail(Code::kUsage,
              code.empty() ? fmt::format("after ~ an operator is missing {}", scanner.place())
                           : fmt::format("~{} is no operator", name),
              "there are ~a ~all ~c ~d ~dns ~dst ~e ~h ~hq ~hs ~http ~m ~q ~s ~src ~t ~tcp ~tq ~ts "
              "~u ~udp ~websocket");
}

}  // namespace

Result<Predicate> read_tilde(Scanner& scanner) {
  scanner.take("~");
  const std::string code(scanner.letters());
  if (const auto* plain = find(kPlain, code)) {
    const char next = scanner.peek();
    if (!scanner.at_blank() && next != '(' && next != ')' && next != '&' && next != '|')
      return fail(Code::kUsage,
                  fmt::format("after ~{} a blank is missing {}", code, scanner.place()));
    return predicate(fmt::format("~{}", code), plain->needs, plain->holds);
  }
  const auto* searching = find(kSearching, code);
  if (searching == nullptr && code != "c") return refuse(code, scanner);
  const auto argument = read_argument(code, scanner);
  if (!argument) return std::unexpected(argument.error());
  auto made = searching != nullptr ? make_search(*searching, *argument) : make_status(*argument);
  if (!made) made.error().message = fmt::format("~{}: {}", code, made.error().message);
  return made;
}

Result<Predicate> url_matches(std::string_view expression) {
  return make_search(*find(kSearching, "u"), expression);
}

}  // namespace mitm::filter
