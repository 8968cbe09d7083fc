#include "lib/wire/http1_framing.h"

#include <fmt/format.h>

#include <iterator>

#include "lib/wire/char_class.h"
#include "lib/wire/target.h"

namespace mitm::wire {
namespace {

void check_host(const RequestHead& head, const FieldFacts& facts, OddityLog& log) {
  if (facts.hosts == 0) {
    if (!is_http10(head.version)) log.add(OddityId::kMissingHost);
    return;
  }
  if (facts.hosts > 1) log.add(OddityId::kDuplicateHost, facts.host);
  // As parse_authority() takes it only there: an IPv6 address with a port and without brackets.
  if (head.method == "CONNECT" && facts.host == head.target && parse_authority(head.target, 0))
    return;
  if (!is_host_field_valid(facts.host)) log.add(OddityId::kBadHost, facts.host);
  if (head.target.front() == '/') return;
  if (head.method == "CONNECT") {
    const auto target = parse_authority(head.target, 0);
    if (target && parse_authority(facts.host, target->port) != target) {
      log.add(OddityId::kHostDiffersFromTarget, facts.host);
    }
  } else if (const auto target = parse_absolute_form(head.target); target) {
    const auto host = parse_authority(facts.host, default_port(target->scheme));
    if (!host || *host != target->authority) log.add(OddityId::kHostDiffersFromTarget, facts.host);
  }
}

/// What comes before the syntax of the first line: a protocol that is not HTTP is told apart
/// without any oddity, because that may happen before the line is complete.
Status check_first_line(Role role, const Line& line, bool blank_lines, OddityLog& log) {
  if (!can_begin_message(role, line.text)) return fail(Code::kProtocol, "not an HTTP/1 message");
  if (blank_lines) {
    log.add(role == Role::kRequest ? OddityId::kBlankLineBeforeRequest
                                   : OddityId::kBlankLineBeforeResponse);
  }
  check_line(line, log);
  return {};
}

/// Lengths that no recipient could agree on (RFC 9112, section 6.3, item 5).
Status check_lengths(const FieldFacts& facts) {
  if (facts.transfer_encoding) return {};
  if (facts.content_length.invalid) return fail(Code::kProtocol, "Content-Length is not a number");
  if (facts.content_length.conflicting)
    return fail(Code::kProtocol, "Content-Length values differ");
  return {};
}

bool announces_body(const FieldFacts& facts) {
  return facts.transfer_encoding || facts.content_length.invalid || facts.content_length.value > 0;
}

/// Whether the fields llhttp draws conclusions from include this one.
bool matters(ByteView name) {
  return same_word(name, "Connection") || same_word(name, "Proxy-Connection") ||
         same_word(name, "Upgrade") || same_word(name, "Transfer-Encoding");
}

/// A head section that says the same as `fields` in the only way llhttp accepts.
void clean_section(const std::vector<Field>& fields, const FieldFacts& facts, Bytes& out) {
  out.clear();
  for (const Field& field : fields) {
    const ByteView name = trim(field.name);
    if (!matters(name)) continue;
    out.append(name).append(": ");
    for (const char c : field.value) {
      out += (char_bits(c) & (kCrChar | kNulChar | kControlChar)) != 0 || c == '\n' ? ' ' : c;
    }
    out.append("\r\n");
  }
  if (facts.content_length.present && !facts.transfer_encoding) {
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", facts.content_length.value);
  }
  out.append("\r\n");
}

bool is_body_impossible(std::uint16_t status, const Outstanding& request) {
  return request.head || status < 200 || status == 204 || status == 304 ||
         switches_protocol(status, request);
}

/// Bodies announced where RFC 9110, sections 8.6 and 9.3.6, and RFC 9112, section 6.1, forbid them.
void check_forbidden_body(std::uint16_t status, const Outstanding& request, const FieldFacts& facts,
                          OddityLog& log) {
  const bool forbidden = status < 200 || status == 204 || switches_protocol(status, request);
  if (forbidden && announces_body(facts)) log.add(OddityId::kForbiddenBody);
}

}  // namespace

bool switches_protocol(std::uint16_t status, const Outstanding& request) {
  return status == 101 || (request.connect && status >= 200 && status < 300);
}

Result<LlhttpJudge::Verdict> HeadReader::judge_fields(const LlhttpJudge::Start& start,
                                                      const FieldFacts& facts, ByteView section) {
  if (facts.plain) return judge_.judge_head(start, section);
  clean_section(fields_, facts, cleaned_);
  return judge_.judge_head(start, cleaned_);
}

Status HeadReader::check_beginning(Role role, ByteView line, bool blank_lines, OddityLog& log) {
  OddityLog found = log;
  const Line first = LineReader(line).next().value_or(Line{});
  Status checked = check_first_line(role, first, blank_lines, found);
  if (checked && line.ends_with('\n')) {
    if (role == Role::kRequest) {
      const auto parsed = parse_request_line(first.text, found);
      if (!parsed) checked = std::unexpected(parsed.error());
    } else {
      const auto parsed = parse_status_line(first.text, found);
      if (!parsed) checked = std::unexpected(parsed.error());
    }
  }
  if (!checked) log = std::move(found);
  return checked;
}

Status HeadReader::read_request(RequestHead& event, bool blank_lines, OddityLog& log) {
  LineReader lines(event.raw);
  const Line first = lines.next().value_or(Line{});
  MITM_TRY(check_first_line(Role::kRequest, first, blank_lines, log));
  const auto line = parse_request_line(first.text, log);
  if (!line) return std::unexpected(line.error());
  event.method = line->method;
  event.target = line->target;
  event.version = line->version;

  FieldFacts facts = read_head_fields(lines.rest(), fields_, log);
  event.fields = fields_;
  check_host(event, facts, log);
  const bool http10 = is_http10(event.version);
  if (http10 && facts.transfer_encoding) log.add(OddityId::kTransferEncodingInHttp10);
  const bool connect = event.method == "CONNECT";
  if (connect && announces_body(facts)) log.add(OddityId::kForbiddenBody);
  MITM_TRY(check_lengths(facts));
  const auto verdict =
      judge_fields({.role = Role::kRequest, .http10 = http10}, facts, lines.rest());
  if (!verdict) return std::unexpected(verdict.error());
  event.framing = connect ? BodyFraming::kNone : verdict->framing;
  event.length = connect ? 0 : verdict->length;
  event.keep_alive = verdict->keep_alive;
  event.upgrade_asked = verdict->upgrade;
  return {};
}

Status HeadReader::read_response(ResponseHead& event, bool blank_lines, const Outstanding& request,
                                 OddityLog& log) {
  LineReader lines(event.raw);
  const Line first = lines.next().value_or(Line{});
  MITM_TRY(check_first_line(Role::kResponse, first, blank_lines, log));
  const auto line = parse_status_line(first.text, log);
  if (!line) return std::unexpected(line.error());
  event.version = line->version;
  event.status = line->status;
  event.reason = line->reason;

  FieldFacts facts = read_head_fields(lines.rest(), fields_, log);
  event.fields = fields_;
  const bool http10 = is_http10(event.version);
  if (http10 && facts.transfer_encoding) log.add(OddityId::kTransferEncodingInHttp10);
  check_forbidden_body(event.status, request, facts, log);
  if (event.status == 101 && !request.upgrade_asked) log.add(OddityId::kUnaskedSwitch);
  const bool no_body = is_body_impossible(event.status, request);
  if (no_body) facts.plain = facts.plain && !facts.content_length.invalid;
  if (!no_body) MITM_TRY(check_lengths(facts));
  const auto verdict = judge_fields(
      {.role = Role::kResponse, .http10 = http10, .status = event.status, .no_body = no_body},
      facts, lines.rest());
  if (!verdict) return std::unexpected(verdict.error());
  event.framing = verdict->framing;
  event.length = verdict->length;
  event.keep_alive = verdict->keep_alive && event.framing != BodyFraming::kUntilClose;
  return {};
}

}  // namespace mitm::wire
