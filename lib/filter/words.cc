#include "lib/filter/words.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lib/base/display.h"
#include "lib/base/host_pattern.h"
#include "lib/filter/number_condition.h"
#include "lib/filter/subject.h"
#include "lib/filter/text_condition.h"
#include "lib/flow/names.h"

namespace mitm::filter {
namespace {

using flow::Flow;

constexpr auto kTimes = Known::kTimes;
constexpr auto kSummary = Known::kSummary;
constexpr auto kHeads = Known::kHeads;

/// A question without a value.
struct FlagWord {
  std::string_view name;
  bool (*holds)(const Flow&);
};

constexpr std::array kFlags = {
    FlagWord{"http", is_http},
    FlagWord{"https", [](const Flow& flow) { return is_http(flow) && uses_tls(flow); }},
    FlagWord{"websocket", [](const Flow& flow) { return flow.kind == flow::Kind::kWebSocket; }},
    FlagWord{"tcp", [](const Flow& flow) { return flow.kind == flow::Kind::kTcp; }},
    FlagWord{"dns", [](const Flow& flow) { return flow.kind == flow::Kind::kDns; }},
    FlagWord{"tls", uses_tls},
    FlagWord{"passed", [](const Flow& flow) { return flow.passed; }},
    FlagWord{"complete", [](const Flow& flow) { return flow.complete; }},
};

struct TextWord {
  std::string_view name;
  Known needs;
  void (*visit)(const Flow&, Of, const Visit&);
  bool is_optional = false;  ///< without a value: whether there is any
  bool is_sided = false;     ///< "request" or "response" may stand before it
};

const flow::TlsFacts* client_tls(const Flow& flow) {
  return flow.client ? flow.client->tls.get() : nullptr;
}
const flow::TlsFacts* server_tls(const Flow& flow) {
  return flow.server ? flow.server->tls.get() : nullptr;
}

template <std::string flow::TlsFacts::* kMember>
void visit_tls(const Flow& flow, Of, const Visit& visit) {
  for (const auto* facts : {client_tls(flow), server_tls(flow)})
    if (facts != nullptr && !(facts->*kMember).empty()) visit(facts->*kMember);
}

template <std::string flow::ClientHelloFacts::* kMember>
void visit_hello(const Flow& flow, Of, const Visit& visit) {
  if (flow.client && flow.client->hello && !(flow.client->hello.get()->*kMember).empty())
    visit(flow.client->hello.get()->*kMember);
}

template <auto kPart>
void visit_part(const Flow& flow, Of, const Visit& visit) {
  if (const auto part = kPart(flow)) visit(*part);
}

constexpr std::array kTexts = {
    TextWord{"method", kSummary,
             [](const Flow& flow, Of, const Visit& visit) {
               if (flow.request) visit(flow.request->method);
             }},
    TextWord{"url", kSummary, visit_part<url_of>},
    TextWord{"path", kSummary, visit_part<path_of>},
    TextWord{"query", kSummary, visit_part<query_of>, true},
    TextWord{"version", kHeads,
             [](const Flow& flow, Of of, const Visit& visit) {
               if (of != Of::kResponse && flow.request) visit(flow.request->version);
               if (of != Of::kRequest && flow.response) visit(flow.response->version);
             },
             false, true},
    TextWord{"type", kHeads,
             [](const Flow& flow, Of of, const Visit& visit) {
               visit_header(flow, of, "content-type", visit);
             },
             true, true},
    TextWord{"kind", kSummary,
             [](const Flow& flow, Of, const Visit& visit) { visit(to_string(flow.kind)); }},
    TextWord{"mode", kSummary,
             [](const Flow& flow, Of, const Visit& visit) {
               if (flow.client) visit(flow::mode_name(flow.client->mode));
             }},
    TextWord{"error", kSummary,
             [](const Flow& flow, Of, const Visit& visit) {
               if (flow.error) visit(flow.error->kind);
             },
             true},
    TextWord{"sni", kSummary, visit_hello<&flow::ClientHelloFacts::sni>, true},
    TextWord{"ja3", kHeads, visit_hello<&flow::ClientHelloFacts::ja3>},
    TextWord{"ja4", kHeads, visit_hello<&flow::ClientHelloFacts::ja4>},
    TextWord{"alpn", kHeads, visit_tls<&flow::TlsFacts::alpn>, true},
    TextWord{"tls-version", kHeads, visit_tls<&flow::TlsFacts::version>},
    TextWord{"cipher", kHeads, visit_tls<&flow::TlsFacts::cipher>},
    TextWord{"verify", kHeads, visit_tls<&flow::TlsFacts::verify>},
    TextWord{"certificate", kHeads,
             [](const Flow& flow, Of, const Visit& visit) { visit_certificates(flow, visit); },
             true},
};

struct NumberWord {
  std::string_view name;
  Unit unit;
  Known needs;
  std::optional<std::int64_t> (*number)(const Flow&, Of);
  bool is_sided = false;
};

std::int64_t clamped(std::uint64_t number) {
  return static_cast<std::int64_t>(std::min<std::uint64_t>(number, INT64_MAX));
}

constexpr std::array kNumbers = {
    NumberWord{"status", Unit::kStatus, kSummary,
               [](const Flow& flow, Of) -> std::optional<std::int64_t> {
                 if (!flow.response) return std::nullopt;
                 return flow.response->status;
               }},
    NumberWord{"size", Unit::kBytes, kSummary,
               [](const Flow& flow, Of of) -> std::optional<std::int64_t> {
                 return clamped(body_size(flow, of));
               },
               true},
    NumberWord{"duration", Unit::kDuration, kTimes,
               [](const Flow& flow, Of) -> std::optional<std::int64_t> {
                 return flow.duration().count();
               }},
    NumberWord{
        "id", Unit::kCount, kTimes,
        [](const Flow& flow, Of) -> std::optional<std::int64_t> { return clamped(flow.id); }},
    NumberWord{"connection", Unit::kCount, kTimes,
               [](const Flow& flow, Of) -> std::optional<std::int64_t> {
                 return clamped(flow.connection);
               }},
};

template <class Table>
auto find(const Table& table, std::string_view name) -> decltype(table.data()) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

/// Whether what stands here goes on with the expression, and is no value of the word before. Words
/// that need nothing else may be values: "error dns".
bool is_over(const Scanner& scanner) {
  if (!scanner.has_value()) return true;
  constexpr std::array<std::string_view, 3> kOperators = {"and", "or", "not"};
  const auto word = scanner.word();
  return std::ranges::find(kOperators, word) != kOperators.end() ||
         (is_word(word) && find(kFlags, word) == nullptr) ||
         std::string_view("&|!").contains(scanner.peek());
}

/// As a value that is_over() does not take for what follows.
std::string as_value(std::string_view value) {
  return is_over(Scanner(value)) ? quote(value, Quoting::kAlways) : quote(value);
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
  return WordPredicate{
      .predicate = predicate(
          fmt::format("{} {}", prefix, as_value(value)), kSummary,
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

Result<WordPredicate> read_port(Way way, std::string_view word, Scanner& scanner) {
  const Comparison comparison = scanner.comparison();
  const auto value = scanner.value();
  const std::string prefix = with_comparison(directed(way, word), comparison);
  if (!value) return std::unexpected(about(prefix, value.error()));
  const auto test = NumberCondition::make(Unit::kPort, comparison, *value);
  if (!test) return std::unexpected(about(prefix, test.error()));
  return WordPredicate{
      .predicate = predicate(fmt::format("{} {}", prefix, *value), kSummary,
                             [way, test = *test](const Flow& flow) {
                               const auto server = server_port(flow);
                               return (way != Way::kDestination && flow.client &&
                                       test.holds(flow.client->address.port)) ||
                                      (way != Way::kSource && server && test.holds(*server));
                             }),
      .prefix = prefix};
}

/// After "src", "dst" or nothing.
Result<WordPredicate> read_place(Way way, Scanner& scanner) {
  scanner.skip_blanks();
  for (const std::string_view word : {"port", "portrange"})
    if (scanner.take_word(word)) return read_port(way, word, scanner);
  std::string_view word = "host";
  if (!scanner.take_word(word) && scanner.take_word("net")) word = "net";
  const auto value = scanner.value();
  if (!value) return std::unexpected(about(directed(way, word), value.error()));
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
      .predicate = predicate(fmt::format("{} {}", prefix, as_value(*value)), needs,
                             [visit, test = *std::move(test)](const Flow& flow) {
                               return test.holds([&](const Visit& each) { visit(flow, each); });
                             }),
      .prefix = prefix};
}

/// The value after a comparison, or after a word that needs one or has one.
Result<std::optional<std::string>> read_value(const std::string& words, Comparison comparison,
                                              bool is_optional, Scanner& scanner) {
  scanner.skip_blanks();
  if (comparison == Comparison::kNone && is_optional && is_over(scanner)) return std::nullopt;
  auto value = scanner.value();
  if (!value) return std::unexpected(about(words, std::move(value).error()));
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
    return value.contains('*') || std::ranges::find(names, value) != names.end();
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
  auto name = scanner.value();
  if (!name) return std::unexpected(about(words, std::move(name).error()));
  if (name->ends_with(':')) name->pop_back();
  const std::string named = fmt::format("{} {}", words, as_value(*name));
  const Comparison comparison = scanner.comparison();
  const auto value = read_value(named, comparison, true, scanner);
  if (!value) return std::unexpected(value.error());
  return make_text(named, comparison, *value, kHeads,
                   [name = *std::move(name), of](const Flow& flow, const Visit& visit) {
                     visit_header(flow, of, name, visit);
                   });
}

Result<WordPredicate> read_number(const NumberWord& word, Of of, Scanner& scanner) {
  const Comparison comparison = scanner.comparison();
  const std::string prefix = with_comparison(sided(of, word.name), comparison);
  const auto value = scanner.value();
  if (!value) return std::unexpected(about(prefix, value.error()));
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
  const auto value = scanner.value();
  if (!value) return std::unexpected(about(prefix, value.error()));
  const auto test = NumberCondition::make(Unit::kTime, comparison, *value);
  if (!test) return std::unexpected(about(prefix, test.error()));
  return WordPredicate{
      .predicate = predicate(fmt::format("{} {}", prefix, as_value(*value)), kTimes,
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
  auto made =
      make_text("anomaly", comparison, *value, kSummary, [](const Flow& flow, const Visit& visit) {
        for (const auto& anomaly : flow.anomalies) visit(anomaly.name);
      });
  if (!made || !*value) return made;
  made->predicate.decide = [decide = std::move(made->predicate.decide)](const Flow& flow,
                                                                        Known known) {
    const bool are_all = known == kHeads || flow.anomaly_count == flow.anomalies.size();
    return are_all ? decide(flow, known) : Truth::kUnknown;
  };
  return made;
}

Result<WordPredicate> read_sided(Of of, Scanner& scanner) {
  scanner.skip_blanks();
  if (scanner.take_word("header")) return read_header(of, scanner);
  const std::string word(scanner.word());
  const auto* text = find(kTexts, word);
  const auto* number = find(kNumbers, word);
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
  return find(kFlags, word) != nullptr || find(kTexts, word) != nullptr ||
         find(kNumbers, word) != nullptr || std::ranges::find(kOthers, word) != kOthers.end();
}

Result<WordPredicate> read_word(Scanner& scanner) {
  const std::string_view word = scanner.word();
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
  if (const auto* flag = find(kFlags, word))
    return WordPredicate{.predicate = predicate(std::string(word), kSummary, flag->holds),
                         .prefix = {}};
  if (const auto* text = find(kTexts, word)) return read_text(*text, Of::kEither, scanner);
  if (const auto* number = find(kNumbers, word)) return read_number(*number, Of::kEither, scanner);
  return fail(Code::kUsage, fmt::format("'{}' is no word of filters", word));
}

Result<WordPredicate> read_repeated(const std::string& prefix, Scanner& scanner) {
  const auto value = scanner.value();
  if (!value) return std::unexpected(value.error());
  const std::string text = fmt::format("{} {}", prefix, as_value(*value));
  Scanner again(text);
  return read_word(again);
}

}  // namespace mitm::filter
