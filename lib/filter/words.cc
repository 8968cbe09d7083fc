#include "lib/filter/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/ascii.h"
#include "lib/base/display.h"
#include "lib/base/host_pattern.h"
#include "lib/filter/number_condition.h"
#include "lib/filter/subject.h"
#include "lib/filter/text_condition.h"
#include "lib/filter/word_tables.h"

namespace mitm::filter {
namespace {

using flow::Flow;

bool is_operator(std::string_view word) { return word == "and" || word == "or" || word == "not"; }

/// Whether what stands here goes on with the expression, and is no value of the word before.
bool is_over(const Scanner& scanner) {
  if (!scanner.has_value() || std::string_view("&|!").contains(scanner.peek())) return true;
  const std::string word = scanner.word();
  return is_operator(word) || (is_word(word) && find_flag(word) == nullptr);
}

/// The same behind a word that may stand without a value. Words that need nothing else go on too,
/// but for the name of an error.
bool is_over_or_flag(const Scanner& scanner) {
  const std::string word = scanner.word();
  return is_over(scanner) || (find_flag(word) != nullptr && word != "dns");
}

/// In quotes unless it reads as what it is behind `words`.
std::string as_value(std::string_view words, std::string_view value) {
  const bool is_plain = !is_over(Scanner(value)) && value.find_first_of("&|") == value.npos &&
                        Scanner(value).comparison() == Comparison::kNone &&
                        (words == "kind" || !is_over_or_flag(Scanner(value)));
  return quote(value, is_plain ? Quoting::kWhereNeeded : Quoting::kAlways);
}

std::string with_comparison(std::string words, Comparison comparison) {
  if (comparison != Comparison::kNone) words += fmt::format(" {}", to_string(comparison));
  return words;
}

/// Errors tell which word they are about.
Error about(const std::string& words, Error error) {
  error.message = fmt::format("{}: {}", words, error.message);
  return error;
}

constexpr auto kQuoteHint = "put quotes around a value that reads as something else";

/// "GET&status" would be a method that no request has.
Status check_joined(std::string_view value) {
  const std::size_t joint = value.find_first_of("&|");
  if (joint == value.npos || !is_word(lower_case(value.substr(joint + 1)))) return {};
  return fail(Code::kUsage,
              fmt::format("before '{}' a blank is missing in '{}'", value[joint], printable(value)),
              kQuoteHint);
}

/// The value of a word that needs one.
Result<std::string> needed_value(const std::string& words, Scanner& scanner) {
  scanner.skip_blanks();
  if (is_over(scanner) || Scanner(scanner).comparison() != Comparison::kNone) {
    return fail(Code::kUsage, fmt::format("{}: a value is missing {}", words, scanner.place()),
                kQuoteHint);
  }
  auto value = scanner.value();
  if (!value) return std::unexpected(about(words, std::move(value).error()));
  if (scanner.was_quoted()) return value;
  if (const Status plain = check_joined(*value); !plain)
    return std::unexpected(about(words, plain.error()));
  return value;
}

/// Direction, as in tcpdump; without one, both.
enum class Way : std::uint8_t { kBoth, kSource, kDestination };

std::string directed(Way way, std::string_view word) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"", "src ", "dst "};
  return fmt::format("{}{}", kPrefixes[static_cast<std::size_t>(way)], word);
}

Result<WordPredicate> make_host(Way way, std::string_view word, const std::string& value) {
  const std::string prefix = directed(way, word);
  auto pattern = HostPattern::parse(value);
  if (!pattern) return std::unexpected(about(prefix, std::move(pattern).error()));
  if (way == Way::kSource && !pattern->is_network())
    return fail(Code::kUsage, fmt::format("{}: '{}' is no address", prefix, printable(value)),
                "of clients only addresses are known");
  return WordPredicate{
      .predicate = predicate(
          fmt::format("{} {}", prefix, as_value(prefix, value)), Known::kSummary,
          [way, pattern = *std::move(pattern)](const Flow& flow) {
            if (way != Way::kDestination && flow.client &&
                pattern.matches_host(flow.client->address.address) &&
                pattern.matches_port(flow.client->address.port))
              return true;
            if (way == Way::kSource || !pattern.matches_port(server_port(flow).value_or(0)))
              return false;
            bool any = false;
            visit_server_hosts(flow, [&](auto host) { any = any || pattern.matches_host(host); });
            return any;
          }),
      .prefix = prefix};
}

bool has_port(const Flow& flow, Way way, const NumberCondition& test) {
  const auto server = server_port(flow);
  return (way != Way::kDestination && flow.client && test.holds(flow.client->address.port)) ||
         (way != Way::kSource && server && test.holds(*server));
}

Result<WordPredicate> read_port(Way way, std::string_view word, Scanner& scanner) {
  const Comparison comparison = scanner.comparison();
  const std::string prefix = with_comparison(directed(way, word), comparison);
  const auto value = needed_value(prefix, scanner);
  if (!value) return std::unexpected(value.error());
  // One of the two ports is always another one, so of != both are asked.
  const bool is_negated = comparison == Comparison::kNotEqual;
  const auto test =
      NumberCondition::make(Unit::kPort, is_negated ? Comparison::kEqual : comparison, *value);
  if (!test) return std::unexpected(about(prefix, test.error()));
  return WordPredicate{.predicate = predicate(fmt::format("{} {}", prefix, *value), Known::kSummary,
                                              [way, is_negated, test = *test](const Flow& flow) {
                                                return has_port(flow, way, test) != is_negated;
                                              }),
                       .prefix = prefix};
}

/// After "src", "dst" or nothing.
Result<WordPredicate> read_place(Way way, Scanner& scanner) {
  scanner.skip_blanks();
  if (way == Way::kSource && scanner.take_word("or")) {
    scanner.skip_blanks();
    if (!scanner.take_word("dst"))
      return fail(Code::kUsage, fmt::format("src: a value is missing {}", scanner.place()));
    return read_place(Way::kBoth, scanner);
  }
  for (const std::string_view word : {"port", "portrange"})
    if (scanner.take_word(word)) return read_port(way, word, scanner);
  std::string_view word = "host";
  if (!scanner.take_word(word) && scanner.take_word("net")) word = "net";
  const auto value = needed_value(directed(way, word), scanner);
  if (!value) return std::unexpected(value.error());
  return make_host(way, word, *value);
}

Result<WordPredicate> make_text(std::string words, Comparison comparison,
                                const std::optional<std::string>& value, Known needs,
                                std::function<void(const Flow&, const Visit&)> visit) {
  const std::string prefix = with_comparison(std::move(words), comparison);
  if (!value) {
    return WordPredicate{.predicate = predicate(prefix, needs,
                                                [visit](const Flow& flow) {
                                                  bool any = false;
                                                  visit(flow, [&](auto) { any = true; });
                                                  return any;
                                                }),
                         .prefix = {}};
  }
  auto test = TextCondition::make(comparison, *value);
  if (!test) return std::unexpected(about(prefix, std::move(test).error()));
  return WordPredicate{
      .predicate = predicate(fmt::format("{} {}", prefix, as_value(prefix, *value)), needs,
                             [visit, test = *std::move(test)](const Flow& flow) {
                               return test.holds([&](const Visit& each) { visit(flow, each); });
                             }),
      .prefix = prefix};
}

/// The value after a comparison, or after a word that needs one or has one.
Result<std::optional<std::string>> read_value(const std::string& words, Comparison comparison,
                                              bool is_optional, Scanner& scanner) {
  scanner.skip_blanks();
  if (comparison == Comparison::kNone && is_optional && is_over_or_flag(scanner))
    return std::nullopt;
  auto value = needed_value(words, scanner);
  if (!value) return std::unexpected(std::move(value).error());
  return *std::move(value);
}

/// What can be said about a method only looks like one that no flow has, if it is none.
Status check_value(std::string_view name, Comparison comparison, const std::string& value) {
  if (comparison == Comparison::kMatches || comparison == Comparison::kNotMatches) return {};
  if (name == "method" && value.find_first_of("/:\"(),;<=>?@[\\]{}") != value.npos)
    return fail(
        Code::kUsage, fmt::format("'{}' is no method", printable(value)),
        "a regular expression that URLs are searched for stands by itself, or after url =~");
  const auto is_known = [&](std::initializer_list<std::string_view> names) {
    return value.contains('*') || comparison == Comparison::kContains ||
           std::ranges::find(names, lower_case(value)) != names.end();
  };
  if (name == "kind" && !is_known({"http", "websocket", "tcp", "tls", "dns"}))
    return fail(Code::kUsage, fmt::format("'{}' is no kind of flow", printable(value)),
                "the kinds are http, websocket, tcp, tls and dns");
  if (name == "mode" && !is_known({"explicit", "transparent", "reverse"}))
    return fail(Code::kUsage, fmt::format("'{}' is no mode", printable(value)),
                "the modes are explicit, transparent and reverse");
  return {};
}

std::string sided(Of of, std::string_view word) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"", "request ", "response "};
  return fmt::format("{}{}", kPrefixes[static_cast<std::size_t>(of)], word);
}

Result<WordPredicate> read_text(const TextWord& word, Of of, Scanner& scanner) {
  const std::string words = sided(of, word.name);
  const Comparison comparison = scanner.comparison();
  auto value = read_value(words, comparison, word.is_optional, scanner);
  if (!value) return std::unexpected(std::move(value).error());
  if (*value) MITM_TRY(check_value(word.name, comparison, **value));
  return make_text(words, comparison, *value, word.needs,
                   [visit_all = word.visit, of](const Flow& flow, const Visit& visit) {
                     visit_all(flow, of, visit);
                   });
}

Result<WordPredicate> read_header(Of of, Scanner& scanner) {
  const std::string words = sided(of, "header");
  scanner.skip_blanks();
  if (is_operator(scanner.word()))  // other words are names of fields too, "host" for one
    return fail(Code::kUsage, fmt::format("{}: a name is missing {}", words, scanner.place()),
                kQuoteHint);
  auto name = scanner.value();
  if (!name) return std::unexpected(about(words, std::move(name).error()));
  if (name->ends_with(':')) name->pop_back();
  const std::string named = fmt::format(
      "{} {}", words,
      quote(*name, is_operator(lower_case(*name)) ? Quoting::kAlways : Quoting::kWhereNeeded));
  const Comparison comparison = scanner.comparison();
  const auto value = read_value(named, comparison, true, scanner);
  if (!value) return std::unexpected(value.error());
  return make_text(named, comparison, *value, Known::kHeads,
                   [name = *std::move(name), of](const Flow& flow, const Visit& visit) {
                     visit_header(flow, of, name, visit);
                   });
}

Result<WordPredicate> read_number(const NumberWord& word, Of of, Scanner& scanner) {
  const Comparison comparison = scanner.comparison();
  const std::string prefix = with_comparison(sided(of, word.name), comparison);
  const auto value = needed_value(prefix, scanner);
  if (!value) return std::unexpected(value.error());
  const auto test = NumberCondition::make(word.unit, comparison, *value);
  if (!test) return std::unexpected(about(prefix, test.error()));
  return WordPredicate{
      .predicate = predicate(fmt::format("{} {}", prefix, *value), word.needs,
                             [number = word.number, of, test = *test](const Flow& flow) {
                               const auto known = number(flow, of);
                               return known && test.holds(*known);
                             }),
      .prefix = prefix};
}

/// When a flow began.
Result<WordPredicate> read_start(std::string_view word, Comparison comparison, Scanner& scanner) {
  const std::string prefix(word);
  const auto value = needed_value(prefix, scanner);
  if (!value) return std::unexpected(value.error());
  const auto test = NumberCondition::make(Unit::kTime, comparison, *value);
  if (!test) return std::unexpected(about(prefix, test.error()));
  return WordPredicate{
      .predicate = predicate(fmt::format("{} {}", prefix, as_value(prefix, *value)), Known::kTimes,
                             [test = *test](const Flow& flow) {
                               return test.holds(flow.start.time_since_epoch().count());
                             }),
      .prefix = prefix};
}

/// Summaries name only the first few.
Result<WordPredicate> read_anomaly(Scanner& scanner) {
  const Comparison comparison = scanner.comparison();
  const auto value = read_value("anomaly", comparison, true, scanner);
  if (!value) return std::unexpected(value.error());
  auto made = make_text("anomaly", comparison, *value, Known::kSummary,
                        [](const Flow& flow, const Visit& visit) {
                          for (const auto& anomaly : flow.anomalies) visit(anomaly.name);
                        });
  if (!made || !*value) return made;
  made->predicate.is_partly_known = true;
  // Of those that are named one may be enough.
  const bool is_negated =
      comparison == Comparison::kNotEqual || comparison == Comparison::kNotMatches;
  const Truth settling = is_negated ? Truth::kNo : Truth::kYes;
  made->predicate.decide = [settling, decide = std::move(made->predicate.decide)](const Flow& flow,
                                                                                  Known known) {
    const bool are_all = flow.anomaly_count == flow.anomalies.size();
    const Truth among = decide(flow, known);
    return are_all || among == settling ? among : Truth::kUnknown;
  };
  return made;
}

Result<WordPredicate> read_sided(Of of, Scanner& scanner) {
  scanner.skip_blanks();
  if (scanner.take_word("header")) return read_header(of, scanner);
  const std::string word(scanner.word());
  const auto* text = find_text(word);
  const auto* number = find_number(word);
  scanner.take_word(word);
  if (text != nullptr && text->is_sided) return read_text(*text, of, scanner);
  if (number != nullptr && number->is_sided) return read_number(*number, of, scanner);
  return fail(Code::kUsage,
              fmt::format("after {} a word is missing {}",
                          of == Of::kRequest ? "request" : "response", scanner.place()),
              "it may be header, type, version or size");
}

}  // namespace

bool is_word(std::string_view word) {
  constexpr std::array<std::string_view, 12> kOthers = {
      "host",   "net",     "port",     "portrange", "src",   "dst",
      "header", "request", "response", "anomaly",   "after", "before"};
  return find_flag(word) != nullptr || find_text(word) != nullptr || find_number(word) != nullptr ||
         std::ranges::find(kOthers, word) != kOthers.end();
}

Result<WordPredicate> read_word(Scanner& scanner) {
  const std::string word = scanner.word();
  for (const std::string_view place : {"host", "net", "port", "portrange"})
    if (word == place) return read_place(Way::kBoth, scanner);
  scanner.take_word(word);
  if (word == "src") return read_place(Way::kSource, scanner);
  if (word == "dst") return read_place(Way::kDestination, scanner);
  if (word == "header") return read_header(Of::kEither, scanner);
  if (word == "request") return read_sided(Of::kRequest, scanner);
  if (word == "response") return read_sided(Of::kResponse, scanner);
  if (word == "anomaly") return read_anomaly(scanner);
  if (word == "after") return read_start(word, Comparison::kAtLeast, scanner);
  if (word == "before") return read_start(word, Comparison::kLess, scanner);
  if (const auto* flag = find_flag(word))
    return WordPredicate{.predicate = predicate(word, Known::kSummary, flag->holds), .prefix = {}};
  if (const auto* text = find_text(word)) return read_text(*text, Of::kEither, scanner);
  if (const auto* number = find_number(word)) return read_number(*number, Of::kEither, scanner);
  return fail(Code::kUsage, fmt::format("'{}' is no word of filters", word));
}

bool is_about_place(const std::string& prefix) {
  constexpr std::array<std::string_view, 6> kPlaces = {"host",      "net", "port",
                                                       "portrange", "src", "dst"};
  return std::ranges::find(kPlaces, prefix.substr(0, prefix.find(' '))) != kPlaces.end();
}

bool repeats_before(const std::string& prefix, std::string_view word) {
  if (!is_word(word)) return !is_operator(word);
  if (prefix.starts_with("kind")) return find_flag(word) != nullptr;
  return prefix.starts_with("error") && word == "dns";
}

Result<WordPredicate> read_repeated(const std::string& prefix, Scanner& scanner) {
  const auto value = scanner.value();
  if (!value) return std::unexpected(value.error());
  if (!scanner.was_quoted()) MITM_TRY(check_joined(*value));
  const std::string text = fmt::format("{} {}", prefix, quote(*value, Quoting::kAlways));
  Scanner again(text);
  return read_word(again);
}

}  // namespace mitm::filter
