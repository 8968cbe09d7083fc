#include "lib/filter/word_tables.h"

#include <algorithm>
#include <array>

#include "lib/flow/names.h"

namespace mitm::filter {
namespace {

using flow::Flow;

constexpr auto kTimes = Known::kTimes;
constexpr auto kSummary = Known::kSummary;
constexpr auto kHeads = Known::kHeads;

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

/// "TLSv1.3" is also called 1.3, "HTTP/1.1" 1.1.
void visit_version(std::string_view version, const Visit& visit) {
  if (version.empty()) return;
  visit(version);
  if (const auto digit = version.find_first_of("0123456789"); digit != version.npos)
    visit(version.substr(digit));
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
               if (of != Of::kResponse && flow.request) visit_version(flow.request->version, visit);
               if (of != Of::kRequest && flow.response)
                 visit_version(flow.response->version, visit);
             },
             false, true},
    TextWord{"type", kHeads,
             [](const Flow& flow, Of of, const Visit& visit) {
               visit_header(flow, of, "content-type", [&](auto type) {
                 visit(type);
                 if (const auto end = type.find_first_of("; 	"); end != type.npos)
                   visit(type.substr(0, end));
               });
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
    TextWord{"tls-version", kHeads,
             [](const Flow& flow, Of, const Visit& visit) {
               for (const auto* facts : {client_tls(flow), server_tls(flow)})
                 if (facts != nullptr) visit_version(facts->version, visit);
             }},
    TextWord{"cipher", kHeads, visit_tls<&flow::TlsFacts::cipher>},
    TextWord{"verify", kHeads, visit_tls<&flow::TlsFacts::verify>},
    TextWord{"certificate", kHeads,
             [](const Flow& flow, Of, const Visit& visit) { visit_certificates(flow, visit); },
             true},
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
auto find_in(const Table& table, std::string_view name) -> decltype(table.data()) {
  const auto found = std::ranges::find_if(table, [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace

const FlagWord* find_flag(std::string_view name) { return find_in(kFlags, name); }
const TextWord* find_text(std::string_view name) { return find_in(kTexts, name); }
const NumberWord* find_number(std::string_view name) { return find_in(kNumbers, name); }

}  // namespace mitm::filter
